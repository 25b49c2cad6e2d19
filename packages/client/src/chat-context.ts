import { canonicalSessionKey, type BootIdentity, type Call, type HelloOk } from "@automna/protocol";

import type { ChatState } from "./chat-state.ts";
import { dialectOf, type GatewayDialect } from "./dialect.ts";
import type { Environment } from "./environment.ts";
import { ConnectionLostError } from "./errors.ts";
import type { GatewayConnection } from "./gateway-connection.ts";

/** What hello-ok decided for the present connection. */
export interface LiveGateway {
  readonly connection: GatewayConnection;
  readonly hello: HelloOk;
  readonly dialect: GatewayDialect;
  readonly boot: BootIdentity;
  /** Grows with every hello-ok; an answer that belongs to an older one is thrown away. */
  readonly epoch: number;
}

/** What the parts of a chat share: the world, the live gateway if there is one, and the state they write to. */
export interface ChatContext {
  readonly environment: Environment;
  gateway: LiveGateway | null;
  read(): ChatState;
  patch(change: Partial<ChatState>): void;
}

/** Sends a request over the present connection. */
export function requestOver(context: ChatContext, call: Call, timeoutMs?: number): Promise<unknown> {
  if (context.gateway === null) return Promise.reject(new ConnectionLostError(call.method, false));
  return context.gateway.connection.request(call, timeoutMs);
}

/** The live gateway, for a request that has to go at once. @throws {ConnectionLostError} */
export function gatewayFor(method: string, { gateway }: ChatContext): LiveGateway {
  if (gateway === null) throw new ConnectionLostError(method, false);
  return gateway;
}

/** The gateway's own spelling of a session key. */
export function canonicalKey(context: ChatContext, key: string): string {
  return canonicalSessionKey(key, context.gateway?.hello.sessionDefaults);
}

/** What a hello-ok makes of a connection. */
export function liveGateway(
  connection: GatewayConnection,
  hello: HelloOk,
  boot: BootIdentity,
  epoch: number,
): LiveGateway {
  return { connection, hello, dialect: dialectOf(hello.protocol), boot, epoch };
}
