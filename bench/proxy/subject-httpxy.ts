/** httpxy as its README sets it up, with a keep-alive agent. Arguments: the upstream's origin, the path of its module. */
import { Agent, createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

interface HttpxyServer {
  web(req: IncomingMessage, res: ServerResponse): Promise<unknown>;
  ws(req: IncomingMessage, socket: Duplex, options: object, head: Buffer): Promise<unknown>;
}

const [origin = "", modulePath = ""] = process.argv.slice(2);
const httpxy = (await import(modulePath)) as {
  createProxyServer(options: { target: string; agent: Agent; xfwd: boolean }): HttpxyServer;
};
const proxy = httpxy.createProxyServer({
  target: origin,
  agent: new Agent({ keepAlive: true, maxSockets: Infinity }),
  xfwd: true,
});
const strip = (req: IncomingMessage): void => {
  req.url = (req.url ?? "").replace(/^\/i\/[0-9a-f]{24}/, "");
};
const server = createServer((req, res) => {
  strip(req);
  void proxy.web(req, res);
});
server.on("upgrade", (req, socket, head) => {
  strip(req);
  void proxy.ws(req, socket, {}, head);
});
server.listen(0, "127.0.0.1", 2_048, () => process.send?.(server.address()));
process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.on("disconnect", () => process.exit(0));
