import type { Attachment } from "./attachment.ts";
import type { ChatContext } from "./chat-context.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { OutboxKeeper } from "./outbox-keeper.ts";
import type { Draft } from "./outbox-store.ts";

/** Of how many sends the files are kept that left the outbox. */
const MOST_WITH_FILES = 8;

/** What the open session is told of sends. */
export interface SendHost {
  changed(entry: OutboxEntry): void;
  settled(entry: OutboxEntry): void;
  interrupted(entry: OutboxEntry): void;
  discarded(entry: OutboxEntry): void;
  /** The gateway says that the run is over, though its end was never seen. */
  done(entry: OutboxEntry): void;
  /** The gateway had forgotten the run and begins it anew under the same id. */
  restarted(entry: OutboxEntry): void;
  /** What happened to a send can only be learnt from the history. */
  uncertain(sessionKey: string): void;
}

/** The outbox as it is kept and as it is shown: whatever changes it is told to the state and to the open session. */
export class SendRecords {
  readonly #context: ChatContext;
  readonly #keeper: OutboxKeeper;
  readonly host: SendHost;
  /** Of sends that left the outbox on this page, the newest last: their files, of which a gateway may hand out none. */
  readonly #files = new Map<string, readonly Attachment[]>();

  constructor(context: ChatContext, keeper: OutboxKeeper, host: SendHost) {
    this.#context = context;
    this.#keeper = keeper;
    this.host = host;
  }

  get entries(): readonly OutboxEntry[] {
    return this.#keeper.entries;
  }

  of(sessionKey: string): readonly OutboxEntry[] {
    return this.#keeper.of(sessionKey);
  }

  get(sendId: string): OutboxEntry | undefined {
    return this.#keeper.get(sendId);
  }

  /** @throws {OutboxFullError} */
  add(draft: Draft, limit?: number): OutboxEntry {
    const entry = this.#keeper.add(draft, limit);
    this.#changed(entry);
    return entry;
  }

  /**
   * Changes an entry.
   *
   * @returns whether it is still there: it may have been discarded meanwhile, and another page may have seen it stored, or
   *   asked it anew
   */
  async put(entry: OutboxEntry): Promise<boolean> {
    const putting = this.#keeper.put(entry);
    this.#changed(entry);
    const isHere = await putting;
    if (!isHere) this.#lost(entry.sendId);
    return this.get(entry.sendId) !== undefined;
  }

  /** An entry that waits for the person, unless another page has done something about it: that is then shown. */
  async undecided(sendId: string): Promise<OutboxEntry | null> {
    const stored = await this.#keeper.look(sendId);
    const entry = this.get(sendId);
    if (entry === undefined || !isUndecided(entry)) return null;
    if (stored === null) this.#lost(sendId);
    else if (isUndecided(stored)) return entry;
    else {
      await this.put(stored);
      this.host.uncertain(stored.sessionKey);
    }
    return null;
  }

  /** The files of a send, as long as they are here. */
  filesOf(sendId: string): readonly Attachment[] | undefined {
    return this.get(sendId)?.attachments ?? this.#files.get(sendId);
  }

  remove(entry: OutboxEntry): void {
    this.#keeper.remove(entry.sendId);
    if (entry.attachments.length > 0) this.#files.set(entry.sendId, entry.attachments);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MOST_WITH_FILES && oldest !== undefined) this.#files.delete(oldest);
    this.#publish();
  }

  /** Reads what an earlier page left, or another one. */
  async load(): Promise<void> {
    const found = await this.#keeper.load();
    this.#publish();
    for (const entry of found) this.host.changed(entry);
  }

  #lost(sendId: string): void {
    const entry = this.get(sendId);
    if (entry === undefined) return;
    this.#keeper.drop(sendId);
    this.#publish();
    this.host.discarded(entry);
    if (entry.attempts > 0) this.host.uncertain(entry.sessionKey);
    // What was asked anew elsewhere has a new identity.
    void this.load();
  }

  #changed(entry: OutboxEntry): void {
    this.#publish();
    this.host.changed(entry);
  }

  #publish(): void {
    this.#context.patch({ outbox: this.#keeper.entries });
  }
}

/** Whether the person decides what becomes of it. */
function isUndecided({ state }: OutboxEntry): boolean {
  return state === "failed" || state === "unconfirmed";
}
