import { createChatStore, type ChatStore, type ChatStoreOptions } from "../chat-store.ts";
import { NODE_CLIENT } from "../connection-options.ts";
import { memoryStorage } from "../storage.ts";
import { webSocketTransport, type WebSocketConstructor } from "../websocket-transport.ts";

export { fileStorage } from "./file-storage.ts";

/** What {@link createNodeChat} takes. */
export interface NodeChatOptions extends Omit<ChatStoreOptions, "transport"> {
  /** The class to connect with. Default: Node's own `WebSocket` (Node 22 and later); before that, `ws`. */
  readonly WebSocket?: WebSocketConstructor;
}

/**
 * This Node has no WebSocket of its own, and none was given.
 *
 * @example
 * ```ts
 * import { createNodeChat, MissingWebSocketError } from "@automna/client/node";
 *
 * try {
 *   createNodeChat({ gatewayUrl: "ws://127.0.0.1:18789", authToken: token }).start();
 * } catch (error) {
 *   if (error instanceof MissingWebSocketError) show("Please use Node 22 or later.");
 *   else throw error;
 * }
 * ```
 */
export class MissingWebSocketError extends Error {
  override readonly name = "MissingWebSocketError";
  readonly code = "MISSING_WEBSOCKET";

  constructor() {
    super('This Node has no WebSocket. Use Node 22 or later, or pass `WebSocket` from the package "ws".');
  }
}

/**
 * A chat for a program that is no browser: it introduces itself as one, keeps nothing unless it is told where, and uses
 * Node's WebSocket. Version 4 grants it its scopes by token alone when it runs on the gateway's own machine; elsewhere its
 * device has to be paired, so give it a {@link fileStorage} to keep its key in.
 *
 * @throws {@link MissingWebSocketError} where there is no WebSocket class
 *
 * @example
 * ```ts
 * import { createNodeChat } from "@automna/client/node";
 *
 * const chat = createNodeChat({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const release = chat.start();
 * chat.actions.send("Good morning");
 * release();
 * ```
 */
export function createNodeChat({ WebSocket, client, storage, ...options }: NodeChatOptions): ChatStore {
  const WebSocketClass = WebSocket ?? globalThis.WebSocket;
  if (typeof WebSocketClass !== "function") throw new MissingWebSocketError();
  return createChatStore({
    ...options,
    client: { ...NODE_CLIENT, ...client },
    storage: storage ?? memoryStorage(),
    transport: webSocketTransport(WebSocketClass),
  });
}
