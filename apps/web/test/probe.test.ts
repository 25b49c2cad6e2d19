import { createServer } from "node:net";
import { authOf, identityOf, type ProbeTarget } from "@automna/control-plane";
import { createFakeGateway } from "@automna/testing";
import { startFakeGatewayServer } from "@automna/testing/ws";
import { expect, onTestFinished, test } from "vitest";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { WebSocketServer } from "ws";
import { probeGateway } from "../src/server/probe.ts";

async function gateway(protocol: 3 | 4): Promise<string> {
  const server = await startFakeGatewayServer(
    createFakeGateway({ protocol, auth: { mode: "token", token: "right" } }),
  );
  onTestFinished(() => server.close());
  return `${server.url}/`;
}

const target = (url: string, token = "right"): ProbeTarget => ({
  product: "openclaw",
  target: { host: "127.0.0.1", port: 0, prefix: "strip", forwardedHeaders: "omit" },
  url,
  auth: { mode: "token", token },
});
const probe = (url: string, token?: string) =>
  probeGateway(target(url, token), AbortSignal.timeout(patienceMs));

test.each([3, 4] as const)("a gateway of version %i is ready when it lets the token in", async (protocol) => {
  expect(await probe(await gateway(protocol))).toMatchObject({ status: "ready", protocol });
});

test.each([3, 4] as const)(
  "a gateway of version %i refuses another token, and that is no start",
  async (protocol) => {
    expect(await probe(await gateway(protocol), "wrong")).toMatchObject({
      status: "refused",
      code: "token-mismatch",
    });
  },
);

test("nothing that listens is unreachable", async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
  expect(await probe(`ws://127.0.0.1:${port}/`)).toMatchObject({ status: "unreachable" });
});

test.each([
  [1012, "starting"],
  [1013, "starting"],
  [1011, "unreachable"],
])("a gateway that closes with %i before it answers is %s", async (code, status) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  server.on("connection", (socket) => socket.close(code));
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  expect(await probe(`ws://127.0.0.1:${port}/`)).toMatchObject({ status });
});

test("a probe that nobody waits for any more ends", async () => {
  const leaving = new AbortController();
  const probing = probeGateway(target(await gateway(4)), leaving.signal);
  leaving.abort(new Error("left"));
  await expect(probing).rejects.toThrow("left");
});

test("where the router vouches, the probe writes what the router writes, and no token", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  const seen: unknown[] = [];
  server.on("connection", (socket, request) => {
    seen.push(request.headers);
    socket.on("message", (data: Buffer) => {
      seen.push(JSON.parse(data.toString()));
      socket.close(1011);
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const auth = authOf({ driver: "docker", product: "openclaw", id: "0".repeat(24) }, "a-token");
  const vouched = target(`ws://127.0.0.1:${port}/`);
  const identity = identityOf(auth);
  await probeGateway(
    { ...vouched, auth, target: { ...vouched.target, ...(identity ? { identity } : {}) } },
    AbortSignal.timeout(patienceMs),
  );
  expect(seen[0]).toMatchObject({ "x-forwarded-user": "0".repeat(24), "x-forwarded-proto": "https" });
  expect(seen[0]).toHaveProperty("x-forwarded-for");
  expect(seen[0]).not.toHaveProperty("origin");
  expect(JSON.stringify(seen[1])).not.toContain("token");
});
