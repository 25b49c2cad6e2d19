/**
 * Our proxy as it runs in production: a table of many routes, a signed verdict for every request, an access line for
 * every request in a file, and counters and a latency histogram for a scraper. Arguments: the upstream's origin, how
 * many routes, the key of the verdicts, the file of the access log.
 */
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";

import {
  accessLine,
  createProxy,
  createRouteTable,
  hardenServer,
  hardenedServerOptions,
} from "../../packages/proxy/src/index.ts";
import type { AccessRecord, Decision, Route } from "../../packages/proxy/src/index.ts";
import { createVerdictCheck } from "./verdict-cookie.ts";

const [origin = "", routeCount = "10", key = "", logFile = "/dev/null"] = process.argv.slice(2);

const table = createRouteTable({ paths: [{ prefix: "/i/", id: /^[0-9a-f]{24}$/ }] });
for (let index = 0; index < Number(routeCount); index += 1) {
  const id = index.toString(16).padStart(24, "0");
  table.set({ id, target: { origin }, state: { status: "ready" }, limits: { maxConnections: 20_000 } });
}

const log = createWriteStream(logFile, { flags: "a", highWaterMark: 1_048_576 });
const BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000];
const latency = new Map<string, Map<number, number[]>>();
let lines = "";

function count({ routeId = "none", status, durationMs }: AccessRecord): void {
  let byStatus = latency.get(routeId);
  if (!byStatus) latency.set(routeId, (byStatus = new Map()));
  let histogram = byStatus.get(status);
  if (!histogram) byStatus.set(status, (histogram = BUCKETS.map(() => 0)));
  let bucket = 0;
  while (durationMs > (BUCKETS[bucket] ?? Infinity)) bucket += 1;
  if (bucket < BUCKETS.length) histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

function write(record: AccessRecord): void {
  lines += `${accessLine(record)}\n`;
  if (lines.length < 65_536) return;
  log.write(lines, "latin1");
  lines = "";
}

const isOwner = createVerdictCheck(key);
const NOT_FOUND: Decision = {
  kind: "refuse",
  status: 404,
  body: { error: "Instance not found or not running" },
};

function decide(req: IncomingMessage): Decision | Promise<Decision> {
  const routeKey = table.identify({ url: req.url ?? "", host: req.headers.host });
  if (!routeKey || !isOwner(req.headers.cookie, routeKey.name, Date.now())) return NOT_FOUND;
  const found = table.lookup(routeKey);
  const forward = (route: Route | undefined): Decision =>
    route ? { kind: "forward", route, prefix: routeKey.prefix, rest: routeKey.rest } : NOT_FOUND;
  return found instanceof Promise ? found.then(forward) : forward(found);
}

const proxy = createProxy({
  ownCookies: ["verdict", "__session"],
  rateLimits: {
    perClient: { perSecond: 1e9, burst: 1e9 },
    perRoute: { perSecond: 1e9, burst: 1e9 },
  },
  onAccess(record) {
    count(record);
    write(record);
  },
});
const server = createServer(hardenedServerOptions());
server.on("request", (req, res) => proxy.handleRequest(req, res, () => decide(req)));
server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, () => decide(req)));
hardenServer(server);
server.listen(0, "127.0.0.1", 2_048, () => process.send?.(server.address()));
process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.on("disconnect", () => process.exit(0));
