/**
 * A front in a process of its own, so that its memory, descriptors and handles can be counted apart from the test's.
 * Takes the upstream's origin as its argument, and is run with `--expose-gc`.
 */
import { readdirSync } from "node:fs";
import { createServer } from "node:http";

import { createProxy, hardenServer, hardenedServerOptions } from "../src/index.ts";
import type { Decision } from "../src/index.ts";

const origin = process.argv[2] ?? "";
const proxy = createProxy({
  timeouts: { connectMs: 2_000, firstByteMs: 60_000 },
  keepAliveMs: 1_000,
  circuit: { failures: 1e9 },
});
const route = {
  id: "r",
  target: { origin },
  state: { status: "ready" },
  limits: { maxConnections: 10_000 },
} as const;
const decide = (url: string | undefined): Decision => ({
  kind: "forward",
  route,
  prefix: "/r",
  rest: (url ?? "").slice(2),
});

const server = createServer(hardenedServerOptions());
server.on("request", (req, res) => proxy.handleRequest(req, res, decide(req.url)));
server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, decide(req.url)));
hardenServer(server);
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));

process.on("message", (question) => {
  if (question === "collect") globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const { openRequests, openSockets, pendingUpgrades } = proxy.stats();
  process.send?.({
    heap: heapUsed,
    memory: heapUsed + external,
    descriptors: readdirSync("/proc/self/fd").length,
    handles: process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP") || name === "Timeout")
      .length,
    open: openRequests + openSockets + pendingUpgrades,
  });
});
process.on("disconnect", () => process.exit(0));
