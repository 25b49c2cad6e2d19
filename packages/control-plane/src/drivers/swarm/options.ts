import type { Clock } from "../../clock.ts";
import type { ContainerPolicy } from "../../container-profile.ts";
import type { EngineAddress } from "../docker/engine.ts";
import type { DriverError } from "../driver.ts";
import type { NodeLabel } from "./placement.ts";
import type { StatePolicy } from "./state-policy.ts";

export interface SwarmDriverOptions {
  readonly policy: ContainerPolicy;
  /** A manager of the swarm. Default the local engine. */
  readonly engine?: EngineAddress;
  /** Engines of the nodes where routers and workers run as containers. Default: the manager alone. */
  readonly routerEngines?: readonly EngineAddress[];
  /** What becomes of a gateway's state when its node is lost. Default: it stays there, without a limit. */
  readonly state?: StatePolicy;
  /** `never` where images are loaded by hand, on this engine and on every node. Default `missing`. */
  readonly pull?: "missing" | "never";
  /** Nodes that take gateways. Default: all. */
  readonly nodes?: NodeLabel | null;
  /** Whether what passes between nodes is encrypted. Default `true`; the nodes' kernels must have IPsec (ESP). */
  readonly encrypted?: boolean;
  /** Where subnets of 32 addresses are cut from, one for each instance. Default `10.213.0.0/16`. */
  readonly networkPool?: string;
  /** After this many restarts in a row the instance has failed. Default 5. */
  readonly maxRestarts?: number;
  /** A gateway that lived this many milliseconds is in no crash loop. Default 60000. */
  readonly stableAfterMs?: number;
  /** Milliseconds that a replaced gateway must have run before its predecessor's secrets are removed. Default 10000. */
  readonly monitorMs?: number;
  /** Told once of each thing that goes wrong while nobody waits for it, such as a router that no network lets in. */
  readonly onError?: (error: DriverError) => void;
  readonly clock?: Clock;
  /** Names one try to start a service. */
  readonly newAttempt?: () => string;
}
