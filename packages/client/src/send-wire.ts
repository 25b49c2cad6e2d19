import {
  adviceSentence,
  adviseOnRequestError,
  chatSend,
  parseSendAnswer,
  type Call,
  type ProtocolVersion,
  type RequestAdvice,
  type SendAnswer,
} from "@automna/protocol";

import { requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { Stop } from "./environment.ts";
import { ConnectionLostError, errorMessage, GatewayRequestError, RequestTimeoutError } from "./errors.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { rejected } from "./outbox.ts";
import { valueOf } from "./parse-answer.ts";
import type { SendRecords } from "./send-records.ts";

/** How long an acknowledgement may take, milliseconds. */
const ACK_MS = 15_000;

/** The request that sends a message. */
export function callOf(
  protocol: ProtocolVersion,
  {
    sessionKey,
    text,
    sendId,
    thinking,
    deliver,
    attachments,
  }: Pick<OutboxEntry, "sessionKey" | "text" | "sendId" | "thinking" | "deliver" | "attachments">,
): Call {
  return chatSend(protocol, {
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
}

/** Carries one message at a time over the present connection, and notes what the gateway answers. */
export class SendWire {
  readonly #context: ChatContext;
  readonly #records: SendRecords;
  /** Sends that wait for their acknowledgement. */
  readonly onWire = new Set<string>();
  /** Sends that the present connection carried. */
  readonly carried = new Set<string>();
  readonly #stops = new Map<string, Stop>();

  constructor(context: ChatContext, records: SendRecords) {
    this.#context = context;
    this.#records = records;
  }

  /** The gateway asked for a pause in this session. */
  isPaused(sessionKey: string): boolean {
    return this.#stops.has(sessionKey);
  }

  /** The connection went away: what was on the wire may or may not have arrived. */
  disconnected(): void {
    this.onWire.clear();
    this.carried.clear();
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  /**
   * @param after the newest row of a user that was seen
   * @param goOn the next one may go
   */
  async transmit(
    entry: OutboxEntry,
    gateway: LiveGateway,
    after: string | null | undefined,
    goOn: () => void,
  ): Promise<void> {
    const { sendId } = entry;
    const { dialect, boot } = gateway;
    this.onWire.add(sendId);
    this.carried.add(sendId);
    const attempts = entry.attempts + 1;
    const isFirst = entry.attempts === 0 && entry.after === undefined;
    const place = isFirst ? after : entry.after;
    const sentAt = this.#context.environment.now();
    // Written before it leaves: a page that dies in between must ask the history, not send blindly.
    const isHere = await this.#records.put({
      ...entry,
      state: "sending",
      attempts,
      boot,
      after: place,
      sentAt,
    });
    if (!isHere) {
      this.onWire.delete(sendId);
      return goOn();
    }
    if (this.#context.gateway !== gateway) return;
    const call = callOf(dialect.protocol, entry);
    try {
      const answer = valueOf(parseSendAnswer(await requestOver(this.#context, call, ACK_MS)), call.method);
      this.onWire.delete(sendId);
      this.#acknowledged(sendId, answer);
    } catch (error) {
      this.onWire.delete(sendId);
      this.#refused(sendId, error, goOn);
      // A socket that closes takes nothing; trying on and on, a page would never come to hear of its end.
      if (error instanceof ConnectionLostError) return;
    }
    goOn();
  }

  #acknowledged(sendId: string, answer: SendAnswer): void {
    const entry = this.#records.get(sendId);
    if (entry === undefined) return;
    const { host } = this.#records;
    if (answer.kind === "stopped") {
      this.#records.remove(entry);
      return host.settled(entry);
    }
    if (answer.kind === "started" && entry.attempts > 1) host.restarted(entry);
    const ended = answer.kind === "done" && entry.runEnded !== true && { runEnded: true, endUnseen: true };
    void this.#records.put({ ...entry, state: "acked", ...ended });
    if (answer.kind !== "done") return;
    host.done(entry);
    host.uncertain(entry.sessionKey);
  }

  #refused(sendId: string, error: unknown, goOn: () => void): void {
    const entry = this.#records.get(sendId);
    if (entry === undefined) return;
    if (error instanceof ConnectionLostError) {
      if (!error.mayHaveArrived) void this.#records.put({ ...entry, state: "queued" });
      return;
    }
    if (error instanceof RequestTimeoutError) return this.#records.host.uncertain(entry.sessionKey);
    if (error instanceof GatewayRequestError) {
      const advice = adviseOnRequestError(error.shape);
      if (advice.action !== "stop") return this.#postpone(entry, advice, goOn);
      return void this.#records.put(rejected(entry, adviceSentence(advice)));
    }
    const failure = { kind: "unknown", message: errorMessage(error) } as const;
    void this.#records.put({ ...entry, state: "failed", error: failure });
  }

  /** The gateway cannot take it now, and said so: nothing was stored. */
  #postpone(entry: OutboxEntry, advice: RequestAdvice, goOn: () => void): void {
    // What the person stopped meanwhile goes out again only when they say so.
    void this.#records.put({ ...entry, state: entry.stopWanted === true ? "unconfirmed" : "queued" });
    const ms = "retryAfterMs" in advice ? advice.retryAfterMs : 1_000;
    const stop = this.#context.environment.after(ms, () => {
      this.#stops.delete(entry.sessionKey);
      goOn();
    });
    this.#stops.set(entry.sessionKey, stop);
  }
}
