import type { Driver, DriverEvent, InstanceSpec, InstanceTarget, Observation } from "@automna/control-plane";

/** A driver whose world is a map, for tests to change. */
export class ScriptedDriver implements Driver {
  readonly name = "process";
  readonly calls: string[] = [];
  readonly world = new Map<string, Observation>();
  readonly target: InstanceTarget = {
    host: "127.0.0.1",
    port: 19_000,
    prefix: "strip",
    forwardedHeaders: "omit",
  };
  closed = false;
  readonly #listeners = new Set<(event: DriverEvent) => void>();

  observe(id: string): Promise<Observation> {
    return Promise.resolve(this.world.get(id) ?? { status: "absent" });
  }
  prepare({ id }: InstanceSpec): Promise<void> {
    this.calls.push(`prepare ${id}`);
    return Promise.resolve();
  }
  start({ id, revision }: InstanceSpec): Promise<void> {
    this.calls.push(`start ${id}`);
    this.world.set(id, { status: "running", revision, target: this.target, startedAt: 0 });
    return Promise.resolve();
  }
  stop(id: string): Promise<void> {
    this.calls.push(`stop ${id}`);
    this.world.set(id, { status: "stopped", exit: null });
    return Promise.resolve();
  }
  destroy(id: string): Promise<void> {
    this.world.delete(id);
    return Promise.resolve();
  }
  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  logs(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Something happened that nobody asked for. */
  happens(instanceId: string, observation: Observation): void {
    this.world.set(instanceId, observation);
    for (const listener of this.#listeners) listener({ instanceId, observation });
  }
}
