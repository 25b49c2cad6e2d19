import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { limitApi } from "../src/server/api-limit.ts";
import { ask, listenAnywhere } from "./support/front.ts";

test("an address that floods the API waits; pages, and other addresses, do not", async () => {
  const served: string[] = [];
  let now = 0;
  const pages = limitApi(
    {
      handleRequest(req, res) {
        served.push(req.url ?? "");
        res.end();
        return Promise.resolve();
      },
      handleUpgrade: (_, socket) => socket.destroy(),
    },
    { perSecond: 1, burst: 2 },
    (req) => String(req.headers["x-client"]),
    () => now,
  );
  const server = createServer((req, res) => void pages.handleRequest(req, res));
  onTestFinished(() => {
    server.close();
  });
  const port = await listenAnywhere(server);
  const from = (client: string, path = "/api/user/gateway") =>
    ask(port, path, { headers: { "x-client": client } });
  expect((await from("a")).status).toBe(200);
  expect((await from("a")).status).toBe(200);
  expect(await from("a")).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
  expect((await from("a", "/chat")).status).toBe(200);
  expect((await from("b")).status).toBe(200);
  now = 1_000;
  expect((await from("a")).status).toBe(200);
  expect(served).toHaveLength(5);
});
