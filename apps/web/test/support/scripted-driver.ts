import type { Driver, DriverEvent, InstanceSpec, Observation } from "@automna/control-plane";

export const AWAY = "The engine does not answer. Start it.";

/** A driver whose world is a map, for tests to change. */
export class ScriptedDriver implements Driver {
  readonly name = "process";
  readonly calls: string[] = [];
  readonly world = new Map<string, Observation>();
  /** By port: which instance listens there, and the image that it runs. */
  readonly owners = new Map<number, string>();
  readonly images = new Map<number, string | undefined>();
  closed = false;
  /** Its engine does not answer. */
  away = false;
  /** Done before a gateway is stopped. */
  beforeStop: (id: string) => Promise<void> = () => Promise.resolve();
  #started = 0;
  readonly #listeners = new Set<(event: DriverEvent) => void>();

  observe(id: string): Promise<Observation> {
    if (this.away) return Promise.resolve({ status: "unknown", reason: AWAY });
    return Promise.resolve(this.world.get(id) ?? { status: "absent" });
  }
  prepare({ id }: InstanceSpec): Promise<void> {
    this.calls.push(`prepare ${id}`);
    return Promise.resolve();
  }
  start({ id, revision, image }: InstanceSpec): Promise<void> {
    this.calls.push(`start ${id}`);
    const port = 19_000 + this.#started++;
    this.owners.set(port, id);
    this.images.set(port, image ?? undefined);
    const target = { host: "127.0.0.1", port, prefix: "strip", forwardedHeaders: "omit" } as const;
    this.world.set(id, { status: "running", revision, target, startedAt: 0 });
    return Promise.resolve();
  }
  async stop(id: string): Promise<void> {
    await this.beforeStop(id);
    this.calls.push(`stop ${id}`);
    this.world.set(id, { status: "stopped", exit: null });
  }
  destroy(id: string): Promise<void> {
    this.calls.push(`destroy ${id}`);
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
