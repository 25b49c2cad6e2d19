import { messageText, selectMessage, type ChatState, type Message } from "@automna/client";

import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { speakable } from "./speakable.ts";

type Watched = Pick<ChatState, "runs" | "transcript" | "sessionKey" | "history">;

/**
 * Turns states into what a screen reader should say: that a reply began, and the whole reply when it is there. Never the
 * words as they come.
 */
export class ReplyAnnouncements {
  #sessionKey: string | null = null;
  /** Runs that were announced, with the message that each writes. */
  readonly #running = new Map<string, string>();
  /** What was there already; `null`: nobody knows yet. */
  #order: readonly string[] | null = null;

  /** What to say about the step to this state, in order. */
  next(state: Watched, { announce }: Pick<Strings, "announce">): readonly string[] {
    const { order } = state.transcript;
    const before = (this.#sessionKey === state.sessionKey && this.#order) || order;
    if (this.#sessionKey !== state.sessionKey) {
      const renamed = this.#sessionKey !== null && state.runs.some(({ runId }) => this.#running.has(runId));
      this.#sessionKey = state.sessionKey;
      if (!renamed) this.#running.clear();
    }
    this.#order = state.history.status === "ready" ? order : null;
    const announced = new Set(this.#running.values());
    const said: string[] = [];
    const current = new Set(state.runs.map(({ runId }) => runId));
    for (const [runId, messageId] of this.#running) {
      if (current.has(runId)) continue;
      const message = selectMessage(state, messageId);
      if (message?.status === "streaming") continue;
      this.#running.delete(runId);
      if (message) said.push(ending(message, announce));
    }
    for (const message of order === before ? [] : arrived(state, before))
      if (!announced.has(message.id)) said.push(ending(message, announce));
    for (const { runId, messageId } of state.runs) {
      if (!this.#running.has(runId)) said.push(announce.started);
      this.#running.set(runId, messageId);
    }
    return said;
  }
}

/** Replies that came whole, as those to commands do, oldest first. What the history brings is stored, and was there before. */
function arrived(state: Watched, before: readonly string[]): readonly Message[] {
  const { order } = state.transcript;
  const messages: Message[] = [];
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const message = selectMessage(state, order[index] ?? "");
    if (!message || message.stored) break;
    const isWhole = message.role === "assistant" && message.status !== "streaming";
    if (isWhole && !before.includes(message.id)) messages.unshift(message);
  }
  return messages;
}

function ending(message: Message, announce: Strings["announce"]): string {
  const text = speakable(messageText(message));
  if (message.status === "aborted") return announce.aborted;
  if (message.status === "error") return fill(announce.failed, { text: message.error?.message ?? "" }).trim();
  return fill(announce.finished, { text });
}
