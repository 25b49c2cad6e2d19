import type { SendOptions } from "./chat-store.ts";
import type { Environment } from "./environment.ts";
import { OutboxFullError } from "./errors.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { ClientStorage } from "./storage.ts";

/** Most messages that may wait. */
const OUTBOX_LIMIT = 100;

/** What the person wrote, before it is a send. */
export interface Draft extends SendOptions {
  readonly sessionKey: string;
  readonly text: string;
}

/** Where an entry stands among the others. Entries of old pages know only when they were made. */
export function placeOf({ place, createdAt }: OutboxEntry): number {
  return place ?? createdAt;
}

/** The own sends of one person at one gateway, in order; what is taken in is kept in durable storage at once. */
export class OutboxStore {
  readonly storage: ClientStorage;
  readonly prefix: string;
  /** Oldest first. */
  entries: readonly OutboxEntry[] = [];
  /** By send that was taken in: whether the storage took it. */
  readonly taken = new Map<string, Promise<boolean>>();

  /**
   * @param scope what tells this person and gateway from others in the same storage
   */
  constructor(storage: ClientStorage, scope: string) {
    this.storage = storage;
    this.prefix = `automna:outbox:1:${scope}:`;
  }

  /** The entries of one session, oldest first. */
  of(sessionKey: string): readonly OutboxEntry[] {
    return this.entries.filter((entry) => entry.sessionKey === sessionKey);
  }

  get(sendId: string): OutboxEntry | undefined {
    return this.entries.find((entry) => entry.sendId === sendId);
  }

  /**
   * Takes a message in, under the identity that it keeps for ever.
   *
   * @throws {OutboxFullError}
   */
  add(draft: Draft, environment: Environment, limit = OUTBOX_LIMIT): OutboxEntry {
    const { sendId = environment.uuid(), sessionKey, text, attachments = [], thinking, deliver } = draft;
    const known = this.get(sendId);
    if (known !== undefined) return known;
    if (this.entries.length >= limit) throw new OutboxFullError(limit);
    const createdAt = environment.now();
    const last = this.entries.at(-1);
    const entry: OutboxEntry = {
      sendId,
      sessionKey,
      text,
      attachments,
      thinking,
      deliver,
      state: "queued",
      createdAt,
      place: Math.max(createdAt, last === undefined ? 0 : placeOf(last) + 1),
      attempts: 0,
      boot: null,
      sentAt: 0,
    };
    this.entries = [...this.entries, entry];
    const isKept = this.storage.set(this.prefix + sendId, JSON.stringify(entry)).then(
      () => true,
      // A full or forbidden storage must not stop the message.
      () => false,
    );
    this.taken.set(sendId, isKept);
    return entry;
  }
}
