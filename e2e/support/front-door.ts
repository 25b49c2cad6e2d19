import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import type { RealGateway } from "./gateways.ts";

/**
 * A reverse proxy on the gateway's machine, as people put one before it: to the gateway whoever comes through it is
 * somewhere else, and only who comes past it is at the machine itself.
 */
export interface FrontDoor {
  readonly url: string;
  /** How many have come through it so far. */
  readonly visits: () => number;
  stop(): Promise<void>;
}

/** Where it comes from to the gateway: another loopback address than everybody else's, to be trusted alone. */
export const DOOR_ADDRESS = "127.0.0.2";
const VISITOR = "203.0.113.7";

export async function startFrontDoor(gateway: RealGateway): Promise<FrontDoor> {
  const server = createServer((_, response) => response.writeHead(404).end());
  const open = new Set<Duplex>();
  let visits = 0;
  server.on("upgrade", (asked, visitor, head) => {
    open.add(visitor);
    visits += 1;
    visitor.on("error", () => visitor.destroy()).on("close", () => open.delete(visitor));
    pass(gateway, asked, visitor, head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The door has no TCP port.");
  return {
    url: `ws://127.0.0.1:${address.port}`,
    visits: () => visits,
    async stop() {
      for (const visitor of open) visitor.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

function pass({ target }: RealGateway, asked: IncomingMessage, visitor: Duplex, head: Buffer): void {
  const { host, port } = target;
  const headers = { ...asked.headers, "x-forwarded-for": VISITOR, "x-forwarded-proto": "https" };
  const onward = request({ host, port, path: asked.url, headers, localAddress: DOOR_ADDRESS });
  onward.on("error", () => visitor.destroy());
  onward.on("response", ({ statusCode, statusMessage }) =>
    visitor.end(`HTTP/1.1 ${statusCode} ${statusMessage}\r\nconnection: close\r\n\r\n`),
  );
  onward.on("upgrade", ({ rawHeaders }, inside, first) => {
    const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    visitor.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
    visitor.write(first);
    inside.write(head);
    for (const [one, other] of [
      [visitor, inside],
      [inside, visitor],
    ] as const)
      one.on("close", () => other.destroy()).on("error", () => other.destroy());
    inside.pipe(visitor).pipe(inside);
  });
  onward.end();
}
