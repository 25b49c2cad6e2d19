/** A running demo gateway. */
type DemoGateway = {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string;
  readonly port: number;
  /** Orderly stop: clients get the `shutdown` event and 1012 before the port closes. */
  close(): Promise<void>;
};
/** Who is let in to the demo gateway, and where it listens. */
type DemoGatewayOptions = {
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
declare function startDemoGateway({
  token,
  port,
  host,
  allowedOrigins,
}: DemoGatewayOptions): Promise<DemoGateway>;
export { DemoGateway, DemoGatewayOptions, startDemoGateway };
