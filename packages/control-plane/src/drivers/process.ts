import type { Clock } from "../clock.ts";
import type { GatewayProgram } from "../gateway-resolution.ts";
import type { InstanceSpec } from "../instance.ts";
import type { Driver } from "./driver.ts";

export interface ProcessDriverOptions {
  /** Everything of an instance lies in `{dataDir}/{instanceId}`. Created with mode 0700. */
  readonly dataDir: string;
  /** Which program runs this instance, or an error message for the owner when there is none. */
  readonly programFor: (spec: InstanceSpec) => Promise<GatewayProgram>;
  /** The Node that runs JavaScript gateways. Default: the Node that runs this process. */
  readonly nodePath?: string;
  /** `PATH` for the gateway and the tools that its agent calls. */
  readonly searchPath: string;
  /** First port to try. Default 19000. */
  readonly firstPort?: number;
  /** How many ports to try. Default 1000. */
  readonly portCount?: number;
  /** Milliseconds between the orderly stop and the forced one. Default 10000. */
  readonly stopGraceMs?: number;
  /** Waits before the 1st, 2nd … restart of a gateway that died; the last one repeats. */
  readonly restartDelaysMs?: readonly number[];
  /** A gateway that lived this long starts counting from the first delay again. Default 60000. */
  readonly stableAfterMs?: number;
  /** Directory for transpilation caches that instances share (Clawdbot: 25 s become 3 s). Default `{dataDir}/.cache`. */
  readonly cacheDir?: string;
  readonly clock?: Clock;
}

/**
 * Starts the driver for one machine without containers: each gateway is its own process group on a loopback port.
 * First ends every gateway that an earlier run of the same `dataDir` left behind.
 */
export declare function startProcessDriver(options: ProcessDriverOptions): Promise<Driver>;
