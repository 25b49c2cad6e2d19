import { createChatStore, type ChatState, type ChatStore } from "@automna/client";
import { canonicalSessionKey } from "@automna/protocol";

import type { GatewayLink } from "./gateway-link.ts";

/** How long a chat that nobody uses stays, milliseconds. */
const IDLE_MS = 60_000;

/** A share in the chat of one session. */
export interface ChatLease {
  readonly chat: ChatStore;
  readonly release: () => void;
}

interface Held {
  readonly chat: ChatStore;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** The chats of this process, one for each session that somebody asks about, over the one connection. */
export class SessionChats {
  readonly #link: GatewayLink;
  readonly #held = new Map<string, Held>();

  constructor(link: GatewayLink) {
    this.#link = link;
  }

  /** @param sessionKey in any spelling */
  acquire(sessionKey: string): ChatLease {
    const key = canonicalSessionKey(sessionKey, this.#link.hello()?.sessionDefaults);
    const held = this.#held.get(key) ?? this.#create(key);
    held.users += 1;
    clearTimeout(held.idle);
    let isHeld = true;
    return {
      chat: held.chat,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        held.users -= 1;
        if (held.users === 0) held.idle = setTimeout(() => this.#remove(key, held), IDLE_MS).unref();
      },
    };
  }

  close(): void {
    for (const [key, held] of this.#held) this.#remove(key, held);
  }

  #create(sessionKey: string): Held {
    const chat = createChatStore({ ...this.#link.chatOptions, sessionKey });
    chat.start();
    const held = { chat, users: 0, idle: undefined };
    this.#held.set(sessionKey, held);
    return held;
  }

  #remove(key: string, held: Held): void {
    clearTimeout(held.idle);
    this.#held.delete(key);
    held.chat.dispose();
  }
}

/** Resolves with the first state that fits, or with `null` when none comes in time or `signal` ends the wait. */
export function stateWhen(
  chat: Pick<ChatStore, "getState" | "subscribe">,
  fits: (state: ChatState) => boolean,
  limitMs: number,
): Promise<ChatState | null> {
  const present = chat.getState();
  if (fits(present)) return Promise.resolve(present);
  return new Promise((resolve) => {
    const settle = (state: ChatState | null): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(state);
    };
    const timer = setTimeout(() => settle(null), limitMs);
    const unsubscribe = chat.subscribe((state) => {
      if (fits(state)) settle(state);
    });
  });
}

/** The history of the open session was read, or cannot be. */
export function isHistorySettled({ connection, history }: ChatState): boolean {
  return connection.status === "ready" && (history.status === "ready" || history.status === "failed");
}
