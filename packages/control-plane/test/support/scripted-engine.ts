import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { Engine } from "../../src/drivers/docker/engine.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Status and body. */
export type Answer = readonly [status: number, body?: Json | readonly Json[]];

/** @param line Method and path, without the version and the query. */
export type Script = (line: string, body: Json) => Answer;

/** What no engine at hand does, at its place in the network. */
export async function startScriptedEngine(script: Script) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    void (async () => {
      const [, path = ""] = /^(?:\/v[\d.]+)?(\/[^?]*)/.exec(req.url ?? "") ?? [];
      const line = `${req.method} ${path}`;
      asked.push(line);
      const body = await bodyOf(req);
      const [status, answer] =
        line === "GET /version" ? [200, { ApiVersion: "1.44", MinAPIVersion: "1.12" }] : script(line, body);
      res.writeHead(status, { "content-type": "application/json" });
      res.end(answer === undefined ? undefined : JSON.stringify(answer));
    })();
  });
  const listen = async (port: number) => {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  };
  const goAway = () => {
    server.close();
    server.closeAllConnections();
  };
  const port = await listen(0);
  onTestFinished(goAway);
  const host = `tcp://127.0.0.1:${port}`;
  return {
    host,
    engine: new Engine({ host }),
    asked,
    goAway,
    comeBack: () => listen(port),
  };
}

async function bodyOf(req: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  return text === "" ? {} : (JSON.parse(text) as Json);
}
