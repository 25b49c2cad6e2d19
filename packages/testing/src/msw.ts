import type { FakeGateway } from "./fake-gateway.ts";

/** msw request handlers; pass them to `setupServer(...)` or `setupWorker(...)`. */
export type GatewayHandlers = readonly unknown[];

/** Handlers that answer WebSocket connections to `url` (for instance `wss://gateway.test/*`) with `gateway`. */
export function gatewayHandlers(_gateway: FakeGateway, _options: { url: string | RegExp }): GatewayHandlers {
  throw new Error("not built yet");
}
