import { DriverError } from "../../src/index.ts";
import type { Clock, Driver, InstanceSpec, Observation } from "../../src/index.ts";

const target = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;

/** A driver whose world is one variable, and a record of what was asked of it. */
export class ScriptedDriver implements Driver {
  readonly name = "process";
  readonly calls: string[] = [];
  world: Observation;
  /** Throws from the named method from now on. */
  broken: string | null = null;
  /** What it throws then. */
  error: Error = new DriverError("io-failed", "The disk is full. Make room.");
  /** How many calls find no engine from now on. */
  awayFor = 0;
  /** The gateway is gone again when somebody looks. */
  endsAfterStart = false;

  constructor(world: Observation = { status: "absent" }) {
    this.world = world;
  }

  async observe(): Promise<Observation> {
    return this.world;
  }

  async prepare(): Promise<void> {
    this.#call("prepare");
  }

  async start(spec: InstanceSpec): Promise<void> {
    this.#call("start");
    this.world = this.endsAfterStart
      ? { status: "stopped", exit: { code: 0, signal: null, at: 0 } }
      : { status: "running", revision: spec.revision, target, startedAt: 0 };
  }

  async stop(): Promise<void> {
    this.#call("stop");
    this.world = { status: "stopped", exit: null };
  }

  async destroy(): Promise<void> {
    this.#call("destroy");
    this.world = { status: "absent" };
  }

  subscribe(): () => void {
    return () => undefined;
  }

  async logs(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {}

  #call(name: string): void {
    this.calls.push(name);
    if (this.awayFor > 0) {
      this.awayFor -= 1;
      throw new DriverError("engine-unreachable", "The Docker engine cannot be reached. Start it.");
    }
    if (this.broken === name) throw this.error;
  }
}

/** A clock that is always where the last sleep ended. */
export function jumpingClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
}
