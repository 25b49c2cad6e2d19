import { messageText, selectMessage, type ChatState, type Message } from "@automna/client";

import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { speakable } from "./speakable.ts";

type Watched = Pick<ChatState, "runs" | "transcript" | "sessionKey">;

/**
 * Turns states into what a screen reader should say: that a reply began, and the whole reply when it is there. Never the
 * words as they come.
 */
export class ReplyAnnouncements {
  #sessionKey: string | null = null;
  /** Runs that were announced, with the message that each writes. */
  readonly #running = new Map<string, string>();

  /** What to say about the step to this state, in order. */
  next(state: Watched, { announce }: Pick<Strings, "announce">): readonly string[] {
    if (this.#sessionKey !== state.sessionKey) {
      const renamed = this.#sessionKey !== null && state.runs.some(({ runId }) => this.#running.has(runId));
      this.#sessionKey = state.sessionKey;
      if (!renamed) this.#running.clear();
    }
    const said: string[] = [];
    const current = new Set(state.runs.map(({ runId }) => runId));
    for (const [runId, messageId] of this.#running) {
      if (current.has(runId)) continue;
      const message = selectMessage(state, messageId);
      if (message?.status === "streaming") continue;
      this.#running.delete(runId);
      if (message) said.push(ending(message, announce));
    }
    for (const { runId, messageId } of state.runs) {
      if (!this.#running.has(runId)) said.push(announce.started);
      this.#running.set(runId, messageId);
    }
    return said;
  }
}

function ending(message: Message, announce: Strings["announce"]): string {
  const text = speakable(messageText(message));
  if (message.status === "aborted") return announce.aborted;
  if (message.status === "error") return fill(announce.failed, { text: message.error?.message ?? "" }).trim();
  return fill(announce.finished, { text });
}
