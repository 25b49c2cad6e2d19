import { parseAgentEvent, parseChatEvent, parseHistory, type ProtocolVersion } from "@automna/protocol";

import { messageText, selectMessages, type Message, type OutboxEntry } from "../src/index.ts";
import { emptyProjection, type Projection, type ProjectionEvent } from "../src/projection-state.ts";
import { reduceProjection } from "../src/projection.ts";
import type { HistorySnapshot } from "../src/history-snapshot.ts";

const KEY = "agent:main:main";

/** Feeds the reducer with payloads as they stand on the wire. */
export class ProjectionRig {
  projection: Projection;

  constructor(protocol: ProtocolVersion) {
    this.projection = emptyProjection(protocol);
  }

  reduce(event: ProjectionEvent): this {
    this.projection = reduceProjection(this.projection, event);
    return this;
  }

  chat(payload: Record<string, unknown>): this {
    const parsed = parseChatEvent({ sessionKey: KEY, ...payload });
    if (!parsed.ok) throw new Error(parsed.reason);
    return this.reduce({ type: "chat", event: parsed.value });
  }

  agent(payload: Record<string, unknown>): this {
    const parsed = parseAgentEvent({ sessionKey: KEY, ...payload });
    if (!parsed.ok) throw new Error(parsed.reason);
    return this.reduce({ type: "agent", event: parsed.value });
  }

  delta(runId: string, seq: number, text: string): this {
    const message = { role: "assistant", content: [{ type: "text", text }], timestamp: 1_000 + seq };
    return this.chat({ runId, seq, state: "delta", message });
  }

  final(runId: string, seq: number, text?: string): this {
    const message = { role: "assistant", content: [{ type: "text", text }], timestamp: 1_000 + seq };
    return this.chat({ runId, seq, state: "final", ...(text !== undefined && { message }) });
  }

  /** @param requestedAt when it was asked for; what was heard since is newer than it */
  history(
    messages: readonly Record<string, unknown>[],
    change: Partial<HistorySnapshot> = {},
    requestedAt = this.projection.counter,
  ): this {
    return this.reduce({ type: "history-loaded", snapshot: this.#snapshot(messages, change), requestedAt });
  }

  /** The page before, and nothing is older. */
  older(messages: readonly Record<string, unknown>[]): this {
    return this.reduce({ type: "older-loaded", snapshot: this.#snapshot(messages) });
  }

  #snapshot(
    messages: readonly Record<string, unknown>[],
    change: Partial<HistorySnapshot> = {},
  ): HistorySnapshot {
    const parsed = parseHistory({ sessionKey: KEY, messages });
    if (!parsed.ok) throw new Error(parsed.reason);
    const isFour = this.projection.protocol === 4;
    return {
      rows: parsed.value.messages,
      olderFrom: null,
      inFlight: null,
      activeRunIds: isFour ? [] : null,
      sendOfRow: new Map(),
      foundSends: new Set(),
      unreachedSends: new Set(),
      provedByWords: [],
      userRows: [],
      heldSends: new Set(),
      ...change,
    };
  }

  send(sendId: string, text: string, state: OutboxEntry["state"] = "acked"): this {
    const entry = {
      sendId,
      sessionKey: KEY,
      text,
      attachments: [],
      state,
      createdAt: 1,
      attempts: 1,
      boot: null,
      sentAt: 1,
    };
    return this.reduce({ type: "send-changed", entry });
  }

  get messages(): Message[] {
    return selectMessages(this.projection);
  }

  /** One line per message: `id status text|text`. */
  get lines(): string[] {
    return this.messages.map(({ id, status, parts }) =>
      [id, status, parts.map((part) => ("text" in part ? part.text : part.type)).join("|")].join(" ").trim(),
    );
  }

  get texts(): string[] {
    return this.messages.map(messageText);
  }
}

/** Rows as version 3 writes them: neither id nor key. */
export function v3(role: string, text: string, timestamp: number, more: Record<string, unknown> = {}) {
  return {
    role,
    content: [{ type: "text", text }],
    timestamp,
    ...(role === "assistant" && { stopReason: "stop" }),
    ...more,
  };
}

/** A user row as version 4 writes it. */
export function v4User(sendId: string, text: string, seq: number, more: Record<string, unknown> = {}) {
  return {
    role: "user",
    content: text,
    timestamp: 1_000 + seq,
    idempotencyKey: `${sendId}:user`,
    __openclaw: { id: `row-${seq}`, seq },
    ...more,
  };
}

/** An assistant row as version 4 writes it. */
export function v4Assistant(runId: string, text: string, seq: number, more: Record<string, unknown> = {}) {
  return {
    role: "assistant",
    content: text === "" ? [] : [{ type: "text", text }],
    stopReason: "stop",
    timestamp: 1_000 + seq,
    __openclaw: { id: `row-${seq}`, seq, runId },
    ...more,
  };
}
