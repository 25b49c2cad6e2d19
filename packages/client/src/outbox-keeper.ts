import type { Environment } from "./environment.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { placeOf, type Draft, type OutboxStore } from "./outbox-store.ts";
import type { ClientStorage } from "./storage.ts";

function readEntry(text: string | null): OutboxEntry | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    if (typeof value !== "object" || value === null || !("sendId" in value) || !("sessionKey" in value))
      return null;
    // Only this package writes under this prefix; the version in it names the shape.
    return value as OutboxEntry;
  } catch {
    return null;
  }
}

/**
 * Keeps an outbox as its storage has it, which other pages of the same person read and write, too: what is gone from there
 * was discarded, sent or asked anew elsewhere, and is never written again.
 */
export class OutboxKeeper {
  readonly #store: OutboxStore;
  readonly #storage: ClientStorage;
  readonly #environment: Environment;
  /** What the storage has, as far as this page knows, and in which life of the storage; `null` where it has none. */
  readonly #kept = new Map<string, Promise<string | null>>();
  readonly #gone = new Set<string>();
  /** By send: what is being done with its record. One thing after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  #beginning: Promise<string | null> | null = null;

  /** @param storage has what the store's own has, and may have more room */
  constructor(store: OutboxStore, environment: Environment, storage: ClientStorage = store.storage) {
    this.#store = store;
    this.#environment = environment;
    this.#storage = storage;
    for (const entry of store.entries) void this.#taken(entry);
  }

  get entries(): readonly OutboxEntry[] {
    return this.#store.entries;
  }

  of(sessionKey: string): readonly OutboxEntry[] {
    return this.#store.of(sessionKey);
  }

  get(sendId: string): OutboxEntry | undefined {
    return this.#store.get(sendId);
  }

  /** @throws {OutboxFullError} */
  add(draft: Draft, limit?: number): OutboxEntry {
    const entry = this.#store.add(draft, this.#environment, limit);
    void this.#taken(entry);
    return entry;
  }

  /**
   * Reads what other pages left. Entries that are here already win.
   *
   * @returns those that were not known
   */
  async load(): Promise<readonly OutboxEntry[]> {
    const { prefix } = this.#store;
    const keys = await this.#storage.keys(prefix).catch((): readonly string[] => []);
    // An empty one needs no name.
    const life = keys.length > 0 ? this.#life() : Promise.resolve(null);
    const texts = await Promise.all(keys.map((key) => this.#storage.get(key).catch(() => null)));
    const left = texts
      .flatMap((text) => readEntry(text) ?? [])
      // What begins alike may be of another scope: an address with a port begins with that without one.
      .filter(({ sendId }) => keys.includes(prefix + sendId) && !this.#gone.has(sendId) && !this.get(sendId));
    for (const { sendId } of left) this.#kept.set(sendId, life);
    this.#store.entries = [...this.entries, ...left].toSorted((a, b) => placeOf(a) - placeOf(b));
    return left;
  }

  /**
   * Changes an entry: here at once, and in storage as soon as it can.
   *
   * @returns `false` when another page has taken it out of the storage
   */
  put(entry: OutboxEntry): Promise<boolean> {
    const { sendId } = entry;
    this.#store.entries = this.entries.map((known) => (known.sendId === sendId ? entry : known));
    return this.#next(sendId, () => this.#write(entry));
  }

  /** The entry as another page may have left it; `null` when it is gone from the storage. */
  look(sendId: string): Promise<OutboxEntry | null> {
    return this.#next(sendId, async () => {
      const text = await this.#read(sendId);
      if (this.#gone.has(sendId)) return null;
      return readEntry(text) ?? this.get(sendId) ?? null;
    });
  }

  /** Takes it off this page alone. */
  drop(sendId: string): void {
    this.#store.entries = this.entries.filter((entry) => entry.sendId !== sendId);
  }

  remove(sendId: string): void {
    this.drop(sendId);
    void this.#next(sendId, async () => {
      this.#kept.delete(sendId);
      await this.#storage.remove(this.#store.prefix + sendId).catch(() => {});
    });
  }

  #next<T>(sendId: string, task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(sendId)?.then(task) ?? task();
    this.#turns.set(sendId, turn);
    void turn.finally(() => {
      if (this.#turns.get(sendId) === turn) this.#turns.delete(sendId);
    });
    return turn;
  }

  #taken({ sendId }: OutboxEntry): Promise<void> {
    this.#gone.delete(sendId);
    return this.#next(sendId, async () => {
      const isKept = await this.#store.taken.get(sendId);
      this.#store.taken.delete(sendId);
      const entry = this.get(sendId);
      if (isKept === true) this.#kept.set(sendId, this.#life());
      else if (entry !== undefined) await this.#write(entry);
    });
  }

  get #lifeKey(): string {
    return `automna:outbox-life:1:${this.#store.prefix}`;
  }

  /**
   * What tells the storage from one that was emptied and filled again: a name that it is given when it has none. Asked for
   * before what is then found or written, which so belongs to this life or to a later one.
   */
  #life(): Promise<string | null> {
    this.#beginning ??= this.#begin()
      .catch(() => null)
      .finally(() => (this.#beginning = null));
    return this.#beginning;
  }

  async #begin(): Promise<string | null> {
    const { storage } = this.#store;
    const life = await storage.get(this.#lifeKey);
    if (life !== null) return life;
    await storage.set(this.#lifeKey, `${this.#environment.now()}.${this.#environment.random()}`);
    // Another page may have named it at the same time.
    return storage.get(this.#lifeKey);
  }

  /**
   * What the storage has of it. What is missing is gone only if the storage is the one that had it: the person, or the
   * browser, may have emptied it.
   */
  async #read(sendId: string): Promise<string | null> {
    const kept = this.#kept.get(sendId);
    if (kept === undefined) return null;
    try {
      const text = await this.#storage.get(this.#store.prefix + sendId);
      if (text !== null) return text;
      const life = await kept;
      if (life !== null && (await this.#store.storage.get(this.#lifeKey)) === life) this.#gone.add(sendId);
      else this.#kept.delete(sendId);
    } catch {
      // What cannot be read is not known to be gone.
    }
    return null;
  }

  async #write(entry: OutboxEntry): Promise<boolean> {
    const { sendId } = entry;
    await this.#read(sendId);
    if (this.#gone.has(sendId)) return false;
    try {
      const life = this.#life();
      await this.#storage.set(this.#store.prefix + sendId, JSON.stringify(entry));
      this.#kept.set(sendId, life);
    } catch {
      // A full or forbidden storage must not stop the message: it is then kept as long as the page. What the storage has
      // of it, if anything, is older.
      this.#kept.delete(sendId);
    }
    return true;
  }
}
