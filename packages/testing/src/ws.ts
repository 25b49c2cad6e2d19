import type { FakeGateway } from "./fake-gateway.ts";

export type FakeGatewayServer = {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string;
  readonly port: number;
  /** Stops listening and ends every socket. The gateway itself stays usable unless `gateway` was created here. */
  close(): Promise<void>;
};

/** Serves `gateway` on a real port. `port: 0` (default) takes a free one; default host `127.0.0.1`. */
export function startFakeGatewayServer(
  _gateway: FakeGateway,
  _options: { port?: number; host?: string; basePath?: string } = {},
): Promise<FakeGatewayServer> {
  throw new Error("not built yet");
}
