import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { Engine } from "../../src/drivers/docker/engine.ts";

type Json = Record<string, unknown>;

/** How an engine describes what it was ordered; `null`: it does not have it. */
export type Describe = (order: Json) => Json | null;

/**
 * An engine that takes every order and describes what it made in its own way: what no engine at hand does that one can
 * install.
 */
export async function startWeakEngine(describe: Describe) {
  const asked: string[] = [];
  let ordered: Json = {};
  const server = createServer((req, res) => {
    void (async () => {
      const [, path = ""] = /^(?:\/v[\d.]+)?(\/[^?]*)/.exec(req.url ?? "") ?? [];
      const line = `${req.method} ${path}`;
      asked.push(line);
      const body = await bodyOf(req);
      if (/^POST \/(?:containers|services)\/create$/.test(line)) ordered = body;
      if (line.startsWith("DELETE") || line.endsWith("/start")) return void res.writeHead(204).end();
      const answer = answerTo(line, () => describe(ordered));
      const status = answer === null ? 404 : line.endsWith("/create") ? 201 : 200;
      res.writeHead(status, { "content-type": "application/json" });
      res.end(JSON.stringify(answer ?? { message: "No such container" }));
    })();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const host = `tcp://127.0.0.1:${port}`;
  return { host, engine: new Engine({ host }), asked };
}

function answerTo(line: string, described: () => Json | null): Json | Json[] | null {
  if (line === "GET /version") return { ApiVersion: "1.44", MinAPIVersion: "1.12" };
  if (line === "GET /info") return { NCPU: 8, MemTotal: 16 * 1024 ** 3 };
  if (line.startsWith("GET /images/")) return { Id: "sha256:1", RepoDigests: [] };
  if (line === "GET /containers/json") return [];
  if (/^GET \/(?:containers|services)\//.test(line)) return described();
  return { Id: "made", ID: "made" };
}

async function bodyOf(req: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  return text === "" ? {} : (JSON.parse(text) as Json);
}
