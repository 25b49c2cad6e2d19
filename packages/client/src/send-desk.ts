import {
  adviceSentence,
  adviseOnRequestError,
  chatSend,
  parseSendAnswer,
  type RequestAdvice,
  type SendAnswer,
} from "@automna/protocol";

import { refuseAttachments } from "./attachment.ts";
import { requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { SoughtSend } from "./dialect.ts";
import type { Stop } from "./environment.ts";
import { ConnectionLostError, errorMessage, GatewayRequestError, RequestTimeoutError } from "./errors.ts";
import { AttachmentRefusedError } from "./refusals.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { freshEntry, type Draft, type OutboxStore } from "./outbox-store.ts";
import {
  nextToSend,
  rejected,
  rowBefore,
  settleOutbox,
  type OutboxAction,
  type SettleFacts,
} from "./outbox.ts";
import { valueOf } from "./parse-answer.ts";

/** How long an acknowledgement may take, milliseconds. */
const ACK_MS = 15_000;

/** What a look at the history of a session says about its sends. */
interface HistoryFacts
  extends
    Pick<SettleFacts, "found" | "held" | "answered" | "unreached" | "isBusy">,
    Pick<HistorySnapshot, "provedByWords" | "userRows"> {}

/** What the desk tells the open session. */
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

/** Puts own sends on the wire: in order, one at a time, never twice where it could run twice. */
export class SendDesk {
  readonly #context: ChatContext;
  readonly #store: OutboxStore;
  readonly #host: SendHost;
  /**
   * Sessions whose fate of earlier sends is known on the present connection, with the newest row of a user that was seen:
   * `null` where there was none, `undefined` where the history could not be read.
   */
  readonly #settled = new Map<string, string | null | undefined>();
  readonly #onWire = new Set<string>();
  readonly #carried = new Set<string>();
  /** Runs that this client asked for since it was made. */
  readonly #own = new Set<string>();
  readonly #stops = new Map<string, Stop>();
  /** Runs that the person stopped and that the gateway has not answered for, with their sessions. */
  readonly openStops = new Map<string, string>();
  /** Of those, the ones for which the gateway is being asked. */
  readonly askedStops = new Set<string>();

  constructor(context: ChatContext, store: OutboxStore, host: SendHost) {
    this.#context = context;
    this.#store = store;
    this.#host = host;
  }

  entriesOf(sessionKey: string): readonly OutboxEntry[] {
    return this.#store.of(sessionKey);
  }

  /** What the history of a session has to be asked for. */
  sought(sessionKey: string): readonly SoughtSend[] {
    // What the gateway refused is the last to which a row of the same words could belong.
    const isFailed = ({ state }: OutboxEntry) => Number(state === "failed");
    return this.#store
      .of(sessionKey)
      .toSorted((a, b) => isFailed(a) - isFailed(b))
      .map(({ sendId, text, after, attempts, state }) => {
        // What is the person's to decide may be found, but is not worth reading more.
        const isOpen = state !== "unconfirmed" && state !== "failed";
        return { sendId, text, after, isCarried: isOpen && attempts > 0 && !this.#carried.has(sendId) };
      });
  }

  has(sendId: string): boolean {
    return this.#own.has(sendId) || this.#store.get(sendId) !== undefined;
  }

  isOwn(runId: string): boolean {
    return this.has(runId);
  }

  /** Accepts a message. @throws {AttachmentRefusedError | OutboxFullError} */
  accept(draft: Draft): string {
    const { sendId } = draft;
    if (sendId !== undefined && this.has(sendId)) return sendId;
    const refusal = this.#refusal(draft);
    if (refusal !== null) throw refusal;
    const entry = this.#store.add(draft, this.#context.environment);
    this.#publish();
    this.#host.changed(entry);
    this.#pump(entry.sessionKey);
    return entry.sendId;
  }

  /** Why this gateway would not take the files of a message, as far as is known. */
  #refusal({ attachments = [] }: Pick<Draft, "attachments">): AttachmentRefusedError | null {
    const limits = this.#context.read().capabilities?.attachments;
    const refusals = limits === undefined ? [] : refuseAttachments(attachments, limits);
    return refusals.length > 0 ? new AttachmentRefusedError(refusals) : null;
  }

  /**
   * Sends an undecided or refused message again: under its own key, which cannot run twice, or under a new one where the
   * gateway has closed the old one.
   */
  retry(sendId: string): void {
    this.openStops.delete(sendId);
    const entry = this.#store.get(sendId);
    if (entry === undefined || (entry.state !== "failed" && entry.state !== "unconfirmed")) return;
    const refusal = this.#refusal(entry);
    if (refusal !== null) {
      void this.#put(rejected(entry, refusal.message));
    } else if (entry.runEnded === true || entry.error?.kind === "rejected") {
      this.#remove(entry);
      this.#host.discarded(entry);
      const { environment } = this.#context;
      void this.#put(freshEntry(entry, environment.uuid(), environment.now()));
    } else {
      const { error: _error, stopWanted: _wanted, ...rest } = entry;
      void this.#put({ ...rest, state: "queued", attempts: 0, boot: null, sentAt: 0 });
    }
    this.#pump(entry.sessionKey);
  }

  discard(sendId: string): void {
    const entry = this.#store.get(sendId);
    if (entry === undefined) return;
    this.#remove(entry);
    this.#host.discarded(entry);
    this.#pump(entry.sessionKey);
  }

  /** The run of a send was seen ending. */
  runEnded(runId: string, queuedBehind: boolean): void {
    const entry = this.#store.get(runId);
    if (entry === undefined || (entry.runEnded === true && entry.endUnseen !== true)) return;
    const { endUnseen: _seenNow, ...rest } = entry;
    void this.#put({ ...rest, runEnded: true, ...(queuedBehind && { queuedBehind }) });
  }

  /** The person stopped the run of a send: that says nothing about what became of it. */
  stopWanted(runId: string): void {
    const entry = this.#store.get(runId);
    if (entry === undefined) return;
    // What was to go out again goes out only when the person says so.
    void this.#put({
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
    for (const entry of this.#store.of(sessionKey)) {
      const after = rowBefore(entry, { provedByWords, userRows });
      if (after !== entry.after) void this.#put({ ...entry, after });
    }
    const actions = settleOutbox(this.#store.of(sessionKey), {
      ...facts,
      // Whether a Stop met a run is the gateway's to say.
      held: new Set([...facts.held, ...this.askedStops]),
      dialect: gateway.dialect,
      boot: gateway.boot,
      now: environment.now(),
      onWire: this.#onWire,
      carried: this.#carried,
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
    return this.#store.of(sessionKey).some(({ state }) => state === "acked" || state === "sending");
  }

  /** Whether something of this session has to go out or to be settled yet. */
  hasWork(sessionKey: string): boolean {
    return this.isWaiting(sessionKey) || nextToSend(this.#store.of(sessionKey)) !== null;
  }

  /** Sessions that have something to send or to settle. */
  sessions(): string[] {
    return [...new Set(this.#store.entries.map(({ sessionKey }) => sessionKey))];
  }

  /** The connection went away: what was on the wire may or may not have arrived. */
  disconnected(): void {
    this.#settled.clear();
    this.#onWire.clear();
    this.#carried.clear();
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  /** Messages that never left move along when the gateway names the session otherwise. */
  rename(from: string, to: string): void {
    for (const entry of this.#store.of(from)) {
      if (entry.attempts === 0) void this.#store.put({ ...entry, sessionKey: to });
    }
  }

  #put(entry: OutboxEntry): Promise<void> {
    const stored = this.#store.put(entry);
    this.#publish();
    this.#host.changed(entry);
    return stored;
  }

  #remove(entry: OutboxEntry): void {
    this.#store.remove(entry.sendId);
    this.#onWire.delete(entry.sendId);
    this.#publish();
  }

  #publish(): void {
    this.#context.patch({ outbox: this.#store.entries });
  }

  #perform(action: OutboxAction): void {
    const entry = this.#store.get(action.sendId);
    if (entry === undefined) return;
    switch (action.do) {
      case "send":
      case "hold":
        if (entry.state === "queued") return;
        return void this.#put({ ...entry, state: "queued" });
      case "unconfirmed":
        return void this.#put({ ...entry, state: "unconfirmed" });
      case "settled":
        this.#remove(entry);
        return this.#host.settled(entry);
      case "interrupted":
        this.#remove(entry);
        return this.#host.interrupted(entry);
      default:
        return this.#remove(entry);
    }
  }

  #pump(sessionKey: string): void {
    const { gateway } = this.#context;
    if (gateway === null || !this.#settled.has(sessionKey) || this.#stops.has(sessionKey)) return;
    const entry = nextToSend(this.#store.of(sessionKey));
    if (entry === null) return;
    // Written before this gateway told what it takes.
    const refusal = this.#refusal(entry);
    if (refusal === null) return void this.#transmit(entry, gateway);
    void this.#put(rejected(entry, refusal.message));
    this.#pump(sessionKey);
  }

  async #transmit(entry: OutboxEntry, gateway: LiveGateway): Promise<void> {
    const { environment } = this.#context;
    const { sendId, sessionKey, text, attachments, thinking, deliver } = entry;
    const { dialect, boot } = gateway;
    this.#onWire.add(sendId);
    this.#carried.add(sendId);
    this.#own.add(sendId);
    const attempts = entry.attempts + 1;
    const now = environment.now();
    const isFirst = entry.attempts === 0 && entry.after === undefined;
    const after = isFirst ? this.#settled.get(sessionKey) : entry.after;
    // Written before it leaves: a page that dies in between must ask the history, not send blindly.
    await this.#put({ ...entry, state: "sending", attempts, boot, after, sentAt: now });
    if (this.#context.gateway !== gateway) return;
    const call = chatSend(dialect.protocol, {
      sessionKey,
      message: text,
      idempotencyKey: sendId,
      thinking,
      deliver,
      attachments: attachments.map(({ mimeType, fileName, content }) => ({
        type: mimeType.startsWith("image/") ? "image" : "file",
        mimeType,
        fileName,
        content,
      })),
    });
    try {
      const answer = valueOf(parseSendAnswer(await requestOver(this.#context, call, ACK_MS)), call.method);
      this.#onWire.delete(sendId);
      this.#acknowledged(sendId, answer);
    } catch (error) {
      this.#onWire.delete(sendId);
      this.#refused(sendId, error);
      // A socket that closes takes nothing; trying on and on, a page would never come to hear of its end.
      if (error instanceof ConnectionLostError) return;
    }
    this.#pump(sessionKey);
  }

  #acknowledged(sendId: string, answer: SendAnswer): void {
    const entry = this.#store.get(sendId);
    if (entry === undefined) return;
    if (answer.kind === "stopped") {
      this.#remove(entry);
      return this.#host.settled(entry);
    }
    if (answer.kind === "started" && entry.attempts > 1) this.#host.restarted(entry);
    const ended = answer.kind === "done" && entry.runEnded !== true && { runEnded: true, endUnseen: true };
    void this.#put({ ...entry, state: "acked", ...ended });
    if (answer.kind !== "done") return;
    this.#host.done(entry);
    this.#host.uncertain(entry.sessionKey);
  }

  #refused(sendId: string, error: unknown): void {
    const entry = this.#store.get(sendId);
    if (entry === undefined) return;
    if (error instanceof ConnectionLostError) {
      if (!error.mayHaveArrived) void this.#put({ ...entry, state: "queued" });
      return;
    }
    if (error instanceof RequestTimeoutError) return this.#host.uncertain(entry.sessionKey);
    if (error instanceof GatewayRequestError) {
      const advice = adviseOnRequestError(error.shape);
      if (advice.action !== "stop") return this.#postpone(entry, advice);
      return void this.#put(rejected(entry, adviceSentence(advice)));
    }
    void this.#put({ ...entry, state: "failed", error: { kind: "unknown", message: errorMessage(error) } });
  }

  /** The gateway cannot take it now, and said so: nothing was stored. */
  #postpone(entry: OutboxEntry, advice: RequestAdvice): void {
    // What the person stopped meanwhile goes out again only when they say so.
    void this.#put({ ...entry, state: entry.stopWanted === true ? "unconfirmed" : "queued" });
    const ms = "retryAfterMs" in advice ? advice.retryAfterMs : 1_000;
    const stop = this.#context.environment.after(ms, () => {
      this.#stops.delete(entry.sessionKey);
      this.#pump(entry.sessionKey);
    });
    this.#stops.set(entry.sessionKey, stop);
  }
}
