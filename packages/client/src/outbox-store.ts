import type { SendOptions } from "./chat-store.ts";
import type { Environment } from "./environment.ts";
import { OutboxFullError } from "./errors.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { ClientStorage } from "./storage.ts";

const PREFIX = "automna:outbox:1:";

/** Most messages that may wait. */
const OUTBOX_LIMIT = 100;

/** What the person wrote, before it is a send. */
export interface Draft extends SendOptions {
  readonly sessionKey: string;
  readonly text: string;
}

/** A message that was never put on a wire. */
export function freshEntry(
  { sessionKey, text, attachments = [], thinking, deliver }: Draft,
  sendId: string,
  createdAt: number,
): OutboxEntry {
  return {
    sendId,
    sessionKey,
    text,
    attachments,
    thinking,
    deliver,
    state: "queued",
    createdAt,
    attempts: 0,
    boot: null,
    sentAt: 0,
  };
}

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

/** The own sends of one gateway, in order, kept in durable storage until the gateway's history shows them. */
export class OutboxStore {
  readonly #storage: ClientStorage;
  readonly #prefix: string;
  #entries: readonly OutboxEntry[] = [];

  /**
   * @param scope what tells this gateway from another in the same storage
   */
  constructor(storage: ClientStorage, scope: string) {
    this.#storage = storage;
    this.#prefix = `${PREFIX}${scope}:`;
  }

  /** All entries, oldest first. */
  get entries(): readonly OutboxEntry[] {
    return this.#entries;
  }

  /** The entries of one session, oldest first. */
  of(sessionKey: string): readonly OutboxEntry[] {
    return this.#entries.filter((entry) => entry.sessionKey === sessionKey);
  }

  get(sendId: string): OutboxEntry | undefined {
    return this.#entries.find((entry) => entry.sendId === sendId);
  }

  /** Reads what an earlier page left. Entries that are here already win. */
  async load(): Promise<void> {
    const keys = await this.#storage.keys(this.#prefix).catch(() => []);
    const texts = await Promise.all(keys.map((key) => this.#storage.get(key).catch(() => null)));
    const known = new Set(this.#entries.map(({ sendId }) => sendId));
    const left = texts.flatMap((text) => readEntry(text) ?? []).filter(({ sendId }) => !known.has(sendId));
    this.#entries = [...this.#entries, ...left].toSorted((a, b) => a.createdAt - b.createdAt);
  }

  /**
   * Takes a message in, under the identity that it keeps for ever.
   *
   * @throws {OutboxFullError}
   */
  add(draft: Draft, environment: Environment): OutboxEntry {
    const { sendId = environment.uuid() } = draft;
    const known = this.get(sendId);
    if (known !== undefined) return known;
    if (this.#entries.length >= OUTBOX_LIMIT) throw new OutboxFullError(OUTBOX_LIMIT);
    const entry = freshEntry(draft, sendId, environment.now());
    void this.put(entry);
    return entry;
  }

  /** Adds or replaces an entry, here at once and in storage as soon as it can. */
  put(entry: OutboxEntry): Promise<void> {
    const at = this.#entries.findIndex(({ sendId }) => sendId === entry.sendId);
    this.#entries = at < 0 ? [...this.#entries, entry] : this.#entries.with(at, entry);
    // A full or forbidden storage must not stop the message: it is then kept as long as the page.
    return this.#storage.set(this.#prefix + entry.sendId, JSON.stringify(entry)).catch(() => {});
  }

  remove(sendId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.sendId !== sendId);
    void this.#storage.remove(this.#prefix + sendId).catch(() => {});
  }
}
