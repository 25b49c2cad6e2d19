import {
  ConnectionPool,
  memoryStorage,
  NODE_CLIENT,
  type ChatStoreOptions,
  type ConnectionState,
  type GatewayConnection,
} from "@automna/client";
import type { HelloOk } from "@automna/protocol";

import { WEBCHAT_SCOPES } from "./hello.ts";

export interface GatewayOptions {
  /** `ws:`, `wss:`, `http:` or `https:` address. */
  readonly url: string;
  readonly token: string | null;
}

/** The one connection to the gateway, and what chats need to share it. */
export interface GatewayLink {
  readonly connection: GatewayConnection;
  /** For `createChatStore`: everything but the session. */
  readonly chatOptions: Omit<ChatStoreOptions, "sessionKey">;
  hello(): HelloOk | null;
  /** Resolves with the present hello-ok, or with `null` when none comes in time. */
  ready(limitMs: number): Promise<HelloOk | null>;
  close(): void;
}

/** Connects as a program of the gateway's own machine does: by token, without a device, with what a chat needs. */
export function openGatewayLink(
  { url, token }: GatewayOptions,
  onState: (state: ConnectionState) => void,
): GatewayLink {
  const pool = new ConnectionPool();
  const chatOptions = {
    gatewayUrl: url,
    authToken: token,
    device: "off",
    scopes: WEBCHAT_SCOPES,
    client: { ...NODE_CLIENT, displayName: "Automna web chat" },
    // What a page has not seen answered it keeps itself; what a program posted it asks for again.
    storage: memoryStorage(),
    pool,
  } as const;
  const lease = pool.acquire(chatOptions);
  const { connection } = lease;
  const waiting = new Set<(hello: HelloOk) => void>();
  const unsubscribe = connection.subscribe({
    state(state) {
      onState(state);
      if (state.status !== "ready") return;
      for (const tell of waiting) tell(state.hello);
      waiting.clear();
    },
  });
  onState(connection.state);
  const hello = (): HelloOk | null => {
    const { state } = connection;
    return state.status === "ready" ? state.hello : null;
  };
  return {
    connection,
    chatOptions,
    hello,
    ready(limitMs) {
      const present = hello();
      if (present !== null) return Promise.resolve(present);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(tell);
          resolve(null);
        }, limitMs);
        const tell = (found: HelloOk): void => {
          clearTimeout(timer);
          resolve(found);
        };
        waiting.add(tell);
      });
    },
    close() {
      unsubscribe();
      lease.release();
      connection.close();
    },
  };
}
