import { once } from "node:events";
import { createServer } from "node:http";
import { createProxy } from "../../packages/proxy/src/index.ts";
import type { Decision, Route } from "../../packages/proxy/src/index.ts";
import type { RealGateway } from "./gateways.ts";

/** The product's proxy engine before gateways, without the app: what a browser on this machine would reach. */
export interface GatewayRouter {
  /** `http://localhost:{port}`, the origin of a page that it serves. */
  readonly origin: string;
  /** Where this gateway is reached from now on: `/i/{id}/`. */
  add(gateway: RealGateway, forwarded?: Route["forwarded"]): { webSocketUrl: string; pageUrl: string };
  stop(): Promise<void>;
}

export async function startGatewayRouter(): Promise<GatewayRouter> {
  const gateways = new Map<string, { gateway: RealGateway; forwarded: Route["forwarded"] }>();
  const proxy = createProxy();
  const decide = (url = "/"): Decision => {
    const [, prefix = "", id = "", rest = ""] = /^(\/i\/([0-9a-f]{24}))(.*)$/.exec(url) ?? [];
    const known = gateways.get(id);
    if (known === undefined) return { kind: "refuse", status: 404 };
    return { kind: "forward", prefix, rest, route: routeTo(known.gateway, known.forwarded) };
  };
  const server = createServer((req, res) => proxy.handleRequest(req, res, decide(req.url)));
  server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, decide(req.url)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The router has no TCP port.");
  const host = `localhost:${address.port}`;
  return {
    origin: `http://${host}`,
    add: (gateway, forwarded) => {
      const asTheDriverSays = gateway.target.forwardedHeaders === "omit" ? "none" : "standard";
      gateways.set(gateway.id, { gateway, forwarded: forwarded ?? asTheDriverSays });
      return { webSocketUrl: `ws://${host}/i/${gateway.id}/`, pageUrl: `http://${host}/i/${gateway.id}/` };
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      await proxy.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routeTo({ id, target }: RealGateway, forwarded: Route["forwarded"]): Route {
  return {
    id,
    target: { origin: `http://${target.host}:${target.port}` },
    state: { status: "ready" },
    prefix: target.prefix,
    ...(forwarded === undefined ? {} : { forwarded }),
  };
}
