import type { Duplex } from "node:stream";
import type { IncomingMessage } from "node:http";

import { selectIsRunning, selectMessages, type ChatState, type Message } from "@automna/client";
import { WebSocketServer, type WebSocket } from "ws";

import { plainMessage, plainMessages } from "./messages.ts";
import type { SessionChats } from "./session-chats.ts";

/** Changes that come within this time go out together, milliseconds. */
const TOGETHER_MS = 50;
/** A reader that is this many bytes behind is let go. */
const MAX_BEHIND = 8 * 1024 * 1024;
const HEARTBEAT_MS = 25_000;

/** WebSockets that follow one session each: a snapshot, then what changes. What they say is ignored. */
export class LiveSockets {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 4_096, perMessageDeflate: false });
  readonly #chats: SessionChats;

  constructor(chats: SessionChats) {
    this.#chats = chats;
  }

  accept(req: IncomingMessage, socket: Duplex, head: Buffer, sessionKey: string): void {
    this.#server.handleUpgrade(req, socket, head, (webSocket) => this.#follow(webSocket, sessionKey));
  }

  close(): void {
    for (const socket of this.#server.clients) socket.close(1001, "going away");
    this.#server.close();
  }

  #follow(socket: WebSocket, sessionKey: string): void {
    const { chat, release } = this.#chats.acquire(sessionKey);
    let shown: ChatState | null = null;
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      timer = undefined;
      const state = chat.getState();
      for (const update of updatesBetween(shown, state)) {
        if (socket.bufferedAmount > MAX_BEHIND) return socket.terminate();
        socket.send(JSON.stringify(update));
      }
      shown = isShown(state) ? state : shown;
    };
    const unsubscribe = chat.subscribe(() => (timer ??= setTimeout(look, TOGETHER_MS)));
    const heartbeat = setInterval(() => socket.ping(), HEARTBEAT_MS);
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      clearTimeout(timer);
      clearInterval(heartbeat);
      unsubscribe();
      release();
    });
    look();
  }
}

/** The transcript is there, or known to be unreadable. Before, nothing can be said about the session. */
function isShown({ history, connection }: ChatState): boolean {
  return history.status === "ready" || (history.status === "failed" && connection.status === "ready");
}

/** What a follower that was told `before` has to be told now. Pure. */
function updatesBetween(before: ChatState | null, now: ChatState): object[] {
  if (!isShown(now)) return [];
  const former = before === null ? [] : selectMessages(before);
  const messages = selectMessages(now);
  if (before === null || !isContinuation(former, messages)) {
    return [
      {
        type: "snapshot",
        sessionKey: now.sessionKey,
        messages: plainMessages(now),
        running: selectIsRunning(now),
      },
    ];
  }
  const changed = messages.filter((message, index) => message !== former[index]);
  const updates: object[] = changed.map((message) => ({ type: "message", message: plainMessage(message) }));
  const running = selectIsRunning(now);
  return running === selectIsRunning(before) ? updates : [...updates, { type: "running", running }];
}

/** Nothing moved or went away. */
function isContinuation(former: readonly Message[], messages: readonly Message[]): boolean {
  return former.length <= messages.length && former.every(({ id }, index) => messages[index]?.id === id);
}
