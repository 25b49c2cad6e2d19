import type { InstanceSpec, Observation } from "../instance.ts";

/**
 * Runs gateways somewhere. Every method is idempotent: a worker that died between two of them may call either again.
 *
 * Errors are {@link DriverError}; `observe` does not throw, it answers `unknown`.
 */
export interface Driver {
  readonly name: "process" | "docker" | "swarm";
  observe(instanceId: string): Promise<Observation>;
  /** Creates what must exist before a start (directories or volumes, network, configuration). Starts nothing. */
  prepare(spec: InstanceSpec): Promise<void>;
  /** Starts the gateway and returns; readiness is proven by a probe, not by this call. */
  start(spec: InstanceSpec): Promise<void>;
  /** Orderly stop, then a forced one. Afterwards no process of the instance is left. Keeps its data. */
  stop(instanceId: string): Promise<void>;
  /** Removes the stopped instance and its data. Refuses while it runs. */
  destroy(instanceId: string): Promise<void>;
  /** Reports changes that nobody asked for (a crash, a restart). Returns the unsubscriber. */
  subscribe(listener: (event: DriverEvent) => void): () => void;
  /** Last lines of the gateway's output, secrets replaced. */
  logs(instanceId: string, lines: number): Promise<readonly string[]>;
  /** Stops everything that this driver started. */
  close(): Promise<void>;
}

export interface DriverEvent {
  readonly instanceId: string;
  readonly observation: Observation;
}

export type DriverErrorCode =
  | "gateway-missing"
  | "no-free-port"
  | "still-running"
  | "invalid-instance"
  | "start-failed"
  | "stop-failed"
  | "io-failed";

/** A driver could not do what it was asked. `message` says what to do next and holds no secret. */
export class DriverError extends Error {
  override readonly name = "DriverError";
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
