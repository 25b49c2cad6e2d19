import { demoModel } from "./demo-model.ts";
import { createFakeGateway } from "./fake-gateway.ts";
import { startFakeGatewayServer } from "./ws.ts";

/** A running demo gateway. */
export type DemoGateway = {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string;
  readonly port: number;
  /** Orderly stop: clients get the `shutdown` event and 1012 before the port closes. */
  close(): Promise<void>;
};

/** Who is let in to the demo gateway, and where it listens. */
export type DemoGatewayOptions = {
  /** The token that clients must send. */
  token: string;
  /** Default 0: a free one. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Origins besides loopback that may connect; `"*"` for all. */
  allowedOrigins?: readonly string[];
};

/**
 * Starts the demo gateway: version 4, scripted answers, `server.version` "demo", everything in memory only.
 *
 * @throws what the system says when it cannot listen there (`EADDRINUSE`), as a rejection
 *
 * @example
 * ```ts
 * import { startDemoGateway } from "@automna/testing/demo";
 *
 * const demo = await startDemoGateway({ token: "a-secret-of-yours" });
 * console.log(demo.url);
 * await demo.close();
 * ```
 */
export async function startDemoGateway({
  token,
  port = 0,
  host = "127.0.0.1",
  allowedOrigins = [],
}: DemoGatewayOptions): Promise<DemoGateway> {
  const gateway = createFakeGateway({
    protocol: 4,
    auth: { mode: "token", token },
    model: demoModel,
    serverVersion: "demo",
    models: [{ provider: "demo", id: "scripted", name: "Scripted answers", reasoning: true }],
    allowedOrigins,
    // Ids must differ from one start to the next: clients tell boots apart by them.
    seed: Date.now(),
  });
  // Whoever has the token is as good as a local client: in a container even the router comes from elsewhere.
  const connect: typeof gateway.connect = (peer) => gateway.connect({ ...peer, address: "127.0.0.1" });
  const server = await startFakeGatewayServer(Object.create(gateway, { connect: { value: connect } }), {
    port,
    host,
  });
  return {
    url: server.url,
    httpUrl: server.httpUrl,
    port: server.port,
    close: async () => {
      gateway.stop();
      gateway.close();
      await server.close();
    },
  };
}
