import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { FakeGateway, ServerConnection } from "@automna/testing";
import { onTestFinished } from "vitest";

/** What goes wrong with a post. It gets the number of the post, from 1. */
type PostFault = (post: number, req: IncomingMessage) => "lose-answer" | "lose-request" | "hold" | null;

export interface HttpRelayOptions {
  readonly postFault?: PostFault;
  /** What a request has to carry as a bearer; asked for each. */
  readonly token?: () => string;
  /** In place of the path that frames are posted to. */
  readonly sendPath?: string;
}

export interface HttpRelay {
  readonly url: string;
  /** Batches as they came in, repeated ones too. */
  readonly posts: { first: number; frames: unknown[] }[];
  readonly tokens: (string | undefined)[];
  /** Streams that are open. */
  readonly streams: Set<ServerResponse>;
  /** Most posts that were under way at a time. */
  readonly mostAtOnce: () => number;
  /** Lets held posts go on. */
  release(): void;
}

/** The other end of the HTTP transport, as its documentation describes it, in front of a gateway. */
export async function startHttpRelay(
  gateway: Pick<FakeGateway, "connect">,
  options: HttpRelayOptions = {},
): Promise<HttpRelay> {
  const connections = new Map<string, { peer: ServerConnection; next: number }>();
  const relay = {
    posts: [] as HttpRelay["posts"],
    tokens: [] as HttpRelay["tokens"],
    streams: new Set<ServerResponse>(),
  };
  let opened = 0;
  let underWay = 0;
  let mostAtOnce = 0;
  let held = Promise.withResolvers<void>();

  function stream(req: IncomingMessage, res: ServerResponse): void {
    const id = `/send/${(opened += 1)}`;
    res.writeHead(200, { "content-type": "text/event-stream" });
    relay.streams.add(res);
    res.write(`event: open\ndata: ${JSON.stringify({ send: options.sendPath ?? id })}\n\n`);
    const peer = gateway.connect({
      address: "127.0.0.1",
      headers: {},
      send: (text) => void res.write(`data: ${text}\n\n`),
      close: (code, reason) => res.end(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`),
      terminate: () => res.destroy(),
    });
    if (!peer) return void res.destroy();
    connections.set(id, { peer, next: 0 });
    res.on("close", () => {
      relay.streams.delete(res);
      connections.delete(id);
      peer.closed(1006, "");
    });
  }

  async function post(req: IncomingMessage, res: ServerResponse): Promise<void> {
    underWay += 1;
    mostAtOnce = Math.max(mostAtOnce, underWay);
    res.on("close", () => (underWay -= 1));
    let body = "";
    for await (const chunk of req.setEncoding("utf8")) body += String(chunk);
    const batch = JSON.parse(body) as { first: number; frames: unknown[] };
    relay.posts.push(batch);
    const fault = options.postFault?.(relay.posts.length, req) ?? null;
    if (fault === "lose-request") return void req.socket.destroy();
    if (fault === "hold") await held.promise;
    const connection = connections.get(req.url ?? "");
    batch.frames.forEach((frame, index) => {
      if (connection === undefined || batch.first + index < connection.next) return;
      connection.next = batch.first + index + 1;
      connection.peer.receive(JSON.stringify(frame));
    });
    if (fault === "lose-answer") return void req.socket.destroy();
    res.writeHead(connection === undefined ? 410 : 204).end();
  }

  const server = createServer((req, res) => {
    relay.tokens.push(req.headers.authorization);
    const isWelcome = !options.token || req.headers.authorization === `Bearer ${options.token()}`;
    if (!isWelcome) return void res.writeHead(401).end();
    if (req.url === "/page") return void res.writeHead(200, { "content-type": "text/html" }).end("<p>");
    if (req.method === "GET") return stream(req, res);
    post(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    held.resolve();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...relay,
    url: `http://127.0.0.1:${port}/stream`,
    mostAtOnce: () => mostAtOnce,
    release() {
      held.resolve();
      held = Promise.withResolvers();
    },
  };
}
