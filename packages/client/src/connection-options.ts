import type { ClientInfo as WireClientInfo } from "@automna/protocol";

import type { DeviceOption } from "./device-store.ts";
import type { Environment } from "./environment.ts";
import type { ClientStorage } from "./storage.ts";
import type { TransportFactory } from "./transport.ts";

/** Why a provider is asked. After `auth-failed` it must not answer from a cache. */
export interface ProviderRequest {
  readonly reason: "connect" | "auth-failed";
  /** Aborted when the connection no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** A value, or a function that is asked again on every attempt. */
export type Provided<T> = T | ((request: ProviderRequest) => T | Promise<T>);

/**
 * How the client introduces itself; the name and version are shown in the gateway's presence list. Default: `webchat`,
 * which version 4 only lets in with an `Origin` header, that is from a browser.
 */
export type ClientInfo = Partial<WireClientInfo>;

/**
 * The introduction of a program that is no browser. Version 4 grants it its scopes by token alone, but only when it runs
 * on the gateway's own machine and sends no `Origin`.
 *
 * @example
 * ```ts
 * import { createChatStore, NODE_CLIENT } from "@automna/client";
 *
 * const chat = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: token, client: NODE_CLIENT });
 * ```
 */
export const NODE_CLIENT: ClientInfo = { id: "gateway-client", mode: "backend", platform: "node" };

/** Which gateway, as whom, and with what. */
export interface ConnectionOptions {
  /** `ws:`, `wss:`, `http:` or `https:` address of the gateway; never put a secret into it. */
  readonly gatewayUrl: Provided<string>;
  /** The gateway's token. `null` where something in front of the gateway is the identity. */
  readonly authToken: Provided<string | null>;
  /**
   * Device identity: `auto` (default) sends one where the gateway needs it, `off` never does, or an own identity.
   */
  readonly device?: DeviceOption;
  /** Default `["operator.read", "operator.write"]`. Ask for no more than the page needs. */
  readonly scopes?: readonly string[];
  readonly client?: ClientInfo;
  /** Default: `localStorage`, or memory where there is none. */
  readonly storage?: ClientStorage;
  /** Default: WebSocket. */
  readonly transport?: TransportFactory;
  /** Default: the real clock, randomness and browser events. */
  readonly environment?: Environment;
}
