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
import type { OutboxEntry } from "./outbox-entry.ts";
import type { Draft, OutboxStore } from "./outbox-store.ts";
import { failed, nextToSend, settleOutbox, type OutboxAction, type SettleFacts } from "./outbox.ts";
import { valueOf } from "./parse-answer.ts";

/** How long an acknowledgement may take, milliseconds. */
const ACK_MS = 15_000;

/** What a look at the history of a session says about its sends. */
interface HistoryFacts extends Pick<SettleFacts, "found" | "held" | "answered" | "unreached" | "isBusy"> {
  /** The newest row of a user, by name. */
  readonly lastUserRow: string | null;
}

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
  /** Sessions whose fate of earlier sends is known on the present connection, with the newest row of a user that was seen. */
  readonly #settled = new Map<string, string | null>();
  readonly #onWire = new Set<string>();
  readonly #carried = new Set<string>();
  /** Runs that this client asked for since it was made. */
  readonly #own = new Set<string>();
  readonly #stops = new Map<string, Stop>();

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
    return this.#store.of(sessionKey).map(({ sendId, text, after, attempts }) => {
      return { sendId, text, after, isCarried: attempts > 0 && !this.#carried.has(sendId) };
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
    const { attachments = [], sendId } = draft;
    if (sendId !== undefined && this.has(sendId)) return sendId;
    const limits = this.#context.read().capabilities?.attachments;
    const refusals = limits === undefined ? [] : refuseAttachments(attachments, limits);
    if (refusals.length > 0) throw new AttachmentRefusedError(refusals);
    const entry = this.#store.add(draft, this.#context.environment);
    this.#publish();
    this.#host.changed(entry);
    this.#pump(entry.sessionKey);
    return entry.sendId;
  }

  /**
   * Sends an undecided or refused message again: under its own key, which cannot run twice, or under a new one where the
   * gateway has closed the old one.
   */
  retry(sendId: string): void {
    const entry = this.#store.get(sendId);
    if (entry === undefined || (entry.state !== "failed" && entry.state !== "unconfirmed")) return;
    if (entry.runEnded === true || entry.error?.kind === "rejected") {
      this.discard(sendId);
      const { sendId: _closed, ...same } = entry;
      this.accept(same);
      return;
    }
    const { error: _error, ...rest } = entry;
    void this.#put({ ...rest, state: "queued", attempts: 0, boot: null, sentAt: 0 });
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

  /** The history of a session was read: decides about each of its sends. */
  settle(sessionKey: string, { lastUserRow, ...facts }: HistoryFacts): void {
    const { gateway, environment } = this.#context;
    if (gateway === null) return;
    this.#settled.set(sessionKey, lastUserRow);
    const actions = settleOutbox(this.#store.of(sessionKey), {
      ...facts,
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
    this.#settled.set(sessionKey, null);
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
    if (entry !== null) void this.#transmit(entry, gateway);
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
    const after = isFirst ? (this.#settled.get(sessionKey) ?? null) : entry.after;
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
      return void this.#put(failed(entry, { kind: "rejected", message: adviceSentence(advice) }));
    }
    void this.#put(failed(entry, { kind: "unknown", message: errorMessage(error) }));
  }

  /** The gateway cannot take it now, and said so: nothing was stored. */
  #postpone(entry: OutboxEntry, advice: RequestAdvice): void {
    void this.#put({ ...entry, state: "queued" });
    const ms = "retryAfterMs" in advice ? advice.retryAfterMs : 1_000;
    const stop = this.#context.environment.after(ms, () => {
      this.#stops.delete(entry.sessionKey);
      this.#pump(entry.sessionKey);
    });
    this.#stops.set(entry.sessionKey, stop);
  }
}
