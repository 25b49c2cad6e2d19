import type { Attachment } from "./attachment.ts";
import type { ChatContext } from "./chat-context.ts";
import type { SoughtSend } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { Draft } from "./outbox-store.ts";
import {
  nextToSend,
  rejected,
  rowBefore,
  settleOutbox,
  type OutboxAction,
  type SettleFacts,
} from "./outbox.ts";
import type { SendRecords } from "./send-records.ts";
import { SendRefusal } from "./send-refusal.ts";
import { SendWire } from "./send-wire.ts";

/** What a look at the history of a session says about its sends. */
interface HistoryFacts
  extends
    Pick<SettleFacts, "found" | "held" | "answered" | "unreached" | "isBusy">,
    Pick<HistorySnapshot, "provedByWords" | "userRows"> {}

/** Puts own sends on the wire: in order, one at a time, never twice where it could run twice. */
export class SendDesk {
  readonly #context: ChatContext;
  readonly #records: SendRecords;
  readonly #wire: SendWire;
  readonly #refusal: SendRefusal;
  /**
   * Sessions whose fate of earlier sends is known on the present connection, with the newest row of a user that was seen:
   * `null` where there was none, `undefined` where the history could not be read.
   */
  readonly #settled = new Map<string, string | null | undefined>();
  /** Runs that this client asked for since it was made. */
  readonly #own = new Set<string>();
  /** Runs that the person stopped and that the gateway has not answered for, with their sessions. */
  readonly openStops = new Map<string, string>();
  /** Of those, the ones for which the gateway is being asked. */
  readonly askedStops = new Set<string>();
  /** Sessions that are being deleted. */
  readonly #ending = new Set<string>();

  constructor(context: ChatContext, records: SendRecords) {
    this.#context = context;
    this.#records = records;
    this.#wire = new SendWire(context, records);
    this.#refusal = new SendRefusal(context);
  }

  entriesOf(sessionKey: string): readonly OutboxEntry[] {
    return this.#records.of(sessionKey);
  }

  /** What the history of a session has to be asked for. */
  sought(sessionKey: string): readonly SoughtSend[] {
    // What the gateway refused is the last to which a row of the same words could belong.
    const isFailed = ({ state }: OutboxEntry) => Number(state === "failed");
    return this.#records
      .of(sessionKey)
      .toSorted((a, b) => isFailed(a) - isFailed(b))
      .map(({ sendId, text, after, attempts, state }) => {
        // What is the person's to decide may be found, but is not worth reading more.
        const isOpen = state !== "unconfirmed" && state !== "failed";
        return { sendId, text, after, isCarried: isOpen && attempts > 0 && !this.#wire.carried.has(sendId) };
      });
  }

  /** The files of a send, as long as they are here. */
  filesOf(sendId: string): readonly Attachment[] | undefined {
    return this.#records.filesOf(sendId);
  }

  has(sendId: string): boolean {
    return this.#own.has(sendId) || this.#records.get(sendId) !== undefined;
  }

  isOwn(runId: string): boolean {
    return this.has(runId);
  }

  /** Accepts a message. @throws {AttachmentRefusedError | MessageTooLongError | OutboxFullError} */
  accept(draft: Draft): string {
    const { sendId } = draft;
    if (sendId !== undefined && this.has(sendId)) return sendId;
    const refusal = this.#refusal.of(draft);
    if (refusal !== null) throw refusal;
    const entry = this.#records.add(draft);
    this.#pump(entry.sessionKey);
    return entry.sendId;
  }

  /**
   * Sends an undecided or refused message again: under its own key, which cannot run twice, or under a new one where the
   * gateway has closed the old one.
   */
  async retry(sendId: string): Promise<void> {
    this.openStops.delete(sendId);
    const entry = await this.#records.undecided(sendId);
    if (entry === null) return;
    const refusal = this.#refusal.of(entry);
    if (refusal !== null) {
      void this.#records.put(rejected(entry, refusal.message));
    } else if (entry.runEnded === true || entry.error?.kind === "rejected") {
      this.#remove(entry);
      this.#records.host.discarded(entry);
      // It takes the place of what was removed, however many wait.
      this.#records.add({ ...entry, sendId: this.#context.environment.uuid() }, Number.POSITIVE_INFINITY);
    } else {
      const { error: _error, stopWanted: _wanted, ...rest } = entry;
      void this.#records.put({ ...rest, state: "queued", attempts: 0, boot: null, sentAt: 0 });
    }
    this.#pump(entry.sessionKey);
  }

  discard(sendId: string): void {
    const entry = this.#records.get(sendId);
    if (entry === undefined) return;
    this.#remove(entry);
    this.#records.host.discarded(entry);
    this.#pump(entry.sessionKey);
  }

  /** Deletes a session with what waits in it. Nothing of it goes out meanwhile, or the session would be there again. */
  async end(sessionKey: string, deleted: () => Promise<void>): Promise<void> {
    this.#ending.add(sessionKey);
    try {
      await deleted();
      for (const { sendId } of this.entriesOf(sessionKey)) this.discard(sendId);
    } finally {
      this.#ending.delete(sessionKey);
      this.#pump(sessionKey);
    }
  }

  /** The run of a send was seen ending. */
  runEnded(runId: string, queuedBehind: boolean): void {
    const entry = this.#records.get(runId);
    if (entry === undefined || (entry.runEnded === true && entry.endUnseen !== true)) return;
    const { endUnseen: _seenNow, ...rest } = entry;
    void this.#records.put({ ...rest, runEnded: true, ...(queuedBehind && { queuedBehind }) });
  }

  /** The person stopped the run of a send: that says nothing about what became of it. */
  stopWanted(runId: string): void {
    const entry = this.#records.get(runId);
    if (entry === undefined) return;
    // What was to go out again goes out only when the person says so.
    void this.#records.put({
      ...entry,
      stopWanted: true,
      state: entry.state === "queued" ? "unconfirmed" : entry.state,
    });
  }

  /** The history of a session was read: decides about each of its sends. */
  settle(sessionKey: string, { provedByWords, userRows, ...facts }: HistoryFacts): void {
    const { gateway, environment } = this.#context;
    if (gateway === null) return;
    this.#settled.set(sessionKey, userRows.at(-1) ?? null);
    // Before the send that a row proves is forgotten, the others that it could prove have to know.
    for (const entry of this.#records.of(sessionKey)) {
      const after = rowBefore(entry, { provedByWords, userRows });
      if (after !== entry.after) void this.#records.put({ ...entry, after });
    }
    const actions = settleOutbox(this.#records.of(sessionKey), {
      ...facts,
      // Whether a Stop met a run is the gateway's to say.
      held: new Set([...facts.held, ...this.askedStops]),
      dialect: gateway.dialect,
      boot: gateway.boot,
      now: environment.now(),
      onWire: this.#wire.onWire,
      carried: this.#wire.carried,
    });
    for (const action of actions) this.#perform(action);
    this.#pump(sessionKey);
  }

  /** The history cannot be read: what was never sent may go all the same. */
  unblock(sessionKey: string): void {
    if (!this.#settled.has(sessionKey)) this.#settled.set(sessionKey, undefined);
    this.#pump(sessionKey);
  }

  /** Whether the fate of a send of this session is still open. */
  isWaiting(sessionKey: string): boolean {
    return this.#records.of(sessionKey).some(({ state }) => state === "acked" || state === "sending");
  }

  /** Whether something of this session has to go out or to be settled yet. */
  hasWork(sessionKey: string): boolean {
    return this.isWaiting(sessionKey) || nextToSend(this.#records.of(sessionKey)) !== null;
  }

  /** Sessions that have something to send or to settle. */
  sessions(): string[] {
    return [...new Set(this.#records.entries.map(({ sessionKey }) => sessionKey))];
  }

  /** The connection went away: what was on the wire may or may not have arrived. */
  disconnected(): void {
    this.#settled.clear();
    this.#wire.disconnected();
  }

  /** Messages that never left move along when the gateway names the session otherwise. */
  rename(from: string, to: string): void {
    for (const entry of this.#records.of(from)) {
      if (entry.attempts === 0) void this.#records.put({ ...entry, sessionKey: to });
    }
  }

  #remove(entry: OutboxEntry): void {
    this.#records.remove(entry);
    this.#wire.onWire.delete(entry.sendId);
  }

  #perform(action: OutboxAction): void {
    const entry = this.#records.get(action.sendId);
    if (entry === undefined) return;
    switch (action.do) {
      case "send":
      case "hold":
        if (entry.state === "queued") return;
        return void this.#records.put({ ...entry, state: "queued" });
      case "unconfirmed":
        return void this.#records.put({ ...entry, state: "unconfirmed" });
      case "settled":
        this.#remove(entry);
        return this.#records.host.settled(entry);
      case "interrupted":
        this.#remove(entry);
        return this.#records.host.interrupted(entry);
      default:
        return this.#remove(entry);
    }
  }

  #pump(sessionKey: string): void {
    const { gateway } = this.#context;
    const isPaused = this.#ending.has(sessionKey) || this.#wire.isPaused(sessionKey);
    if (gateway === null || !this.#settled.has(sessionKey) || isPaused) return;
    const entry = nextToSend(this.#records.of(sessionKey));
    if (entry === null) return;
    // Written before this gateway told what it takes.
    const refusal = this.#refusal.of(entry);
    if (refusal === null) {
      this.#own.add(entry.sendId);
      const after = this.#settled.get(sessionKey);
      return void this.#wire.transmit(entry, gateway, after, () => this.#pump(sessionKey));
    }
    void this.#records.put(rejected(entry, refusal.message));
    this.#pump(sessionKey);
  }
}
