import type { Clock } from "../../clock.ts";
import type { ContainerPolicy } from "../../container-profile.ts";
import type { EngineAddress } from "./engine.ts";
import type { DiskPolicy } from "./volumes.ts";

export interface DockerDriverOptions {
  readonly policy: ContainerPolicy;
  readonly engine?: EngineAddress;
  /** Default `unlimited`. */
  readonly disk?: DiskPolicy;
  /** `never` where images are loaded by hand. Default `missing`. */
  readonly pull?: "missing" | "never";
  /** First loopback port for published containers. Default 19000. */
  readonly firstPort?: number;
  /** How many ports. Default 1000. */
  readonly portCount?: number;
  /** Where subnets of 16 addresses are cut from, one for each instance. Default `10.213.0.0/16`. */
  readonly networkPool?: string;
  /** After this many restarts in a row the instance has failed. Default 5. */
  readonly maxRestarts?: number;
  /** A gateway that lived this many milliseconds is in no crash loop. Default 60000. */
  readonly stableAfterMs?: number;
  readonly clock?: Clock;
  /** Names one try to create a container. */
  readonly newAttempt?: () => string;
}
