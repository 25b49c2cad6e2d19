import type { InstanceFailure, InstanceSpec, Observation } from "../instance.ts";

/**
 * Runs gateways somewhere. Every method is idempotent: a worker that died between two of them may call either again.
 *
 * Errors are {@link DriverError}; `observe` does not throw, it answers `unknown`.
 */
export interface Driver {
  readonly name: "process" | "docker" | "swarm";
  /**
   * A start of another revision replaces what runs, and goes back to it when it does not come up: no stop is needed
   * before it.
   */
  readonly replaces?: boolean;
  observe(instanceId: string): Promise<Observation>;
  /**
   * Creates what must exist before a start (image, directories or volumes, network, configuration). Starts nothing.
   *
   * @param onStep Told of a part that takes its time, such as `pull`, and of the return to `prepare`.
   * @param signal Ends a part that takes its time; whoever comes next finds what is done so far.
   */
  prepare(
    spec: InstanceSpec,
    onStep?: (step: "pull" | "prepare") => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Starts the gateway and returns; readiness is proven by a probe, not by this call.
   *
   * @param signal Ends the wait for an image that comes with the start.
   */
  start(spec: InstanceSpec, signal?: AbortSignal): Promise<void>;
  /**
   * Gives a running gateway the files of this spec, for it to take over as it runs what it can. A driver without it cannot
   * change what a running gateway reads.
   */
  rewrite?(spec: InstanceSpec): Promise<void>;
  /** Orderly stop, then a forced one. Afterwards no process of the instance is left. Keeps its data. */
  stop(instanceId: string): Promise<void>;
  /**
   * Lets go of what a stopped gateway does not need and others might, such as its network or its port; asked once
   * nobody is sent to it any more. A driver without it holds nothing of the kind, or cannot let it go.
   */
  rest?(instanceId: string): Promise<void>;
  /** Removes the stopped instance and its data. Refuses while it runs. */
  destroy(instanceId: string): Promise<void>;
  /** Reports changes that nobody asked for (a crash, a restart). Returns the unsubscriber. */
  subscribe(listener: (event: DriverEvent) => void): () => void;
  /**
   * Tells whenever the gateway writes something, which may be that it is ready by now. Returns the unsubscriber. A driver
   * without it does not hear its gateways.
   */
  onOutput?(instanceId: string, listener: () => void): () => void;
  /** Last lines of the gateway's output, secrets replaced. */
  logs(instanceId: string, lines: number): Promise<readonly string[]>;
  /**
   * Everything here that carries this installation's mark, wanted or not. Rejects when it could not look, so that an
   * empty answer means that there is nothing. A driver without it leaves no orphans.
   */
  list?(): Promise<readonly ListedInstance[]>;
  /**
   * Bytes of memory of the machines that take gateways. Rejects when it could not look. A driver without it sets its
   * gateways no limit of memory.
   */
  memory?(): Promise<number>;
  /**
   * The gateways that one look at all of them shows to run, with nothing against them. One that is missing may run all the
   * same: only {@link Driver.observe} tells what became of it. Rejects when it could not look. A driver without it asks no
   * engine to observe.
   */
  survey?(): Promise<ReadonlyMap<string, Sighting>>;
  /** Rejects while the engine does not answer. A driver without it has none. */
  reach?(): Promise<void>;
  /**
   * What is wrong with a gateway whether it runs or not, such as a full disk; `null` when nothing is. Rejects when it
   * could not look. A driver without it knows of nothing.
   */
  complaint?(instanceId: string): Promise<InstanceFailure | null>;
  /** Ends what this process runs, where gateways are its children; else only lets go of them. */
  close(): Promise<void>;
}

/** Something that a driver found and knows to be this installation's own. */
export interface ListedInstance {
  readonly instanceId: string;
  /** Whether anything of it is there that a stop removes, such as a process or its secrets. */
  readonly running: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Of a gateway that runs: as much as a list of many shows. */
export type Sighting = Pick<Extract<Observation, { status: "running" }>, "revision" | "target">;

export interface DriverEvent {
  readonly instanceId: string;
  readonly observation: Observation;
}

export type DriverErrorCode =
  | "engine-unreachable"
  | "gateway-missing"
  | "name-taken"
  | "no-free-network"
  | "no-free-port"
  | "still-running"
  | "invalid-instance"
  | "not-hardened"
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

/** Whether nothing could be asked, or nothing was answered in time, so that the error says nothing of an instance. */
export function isEngineAway(error: unknown): error is DriverError {
  return error instanceof DriverError && error.code === "engine-unreachable";
}
