import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AccessRecord } from "@automna/proxy";
import { expect, test } from "vitest";
import { createMetrics } from "../src/server/metrics.ts";

const REQUEST: AccessRecord = {
  kind: "http",
  requestId: "r-1",
  routeId: "a".repeat(24),
  method: "GET",
  path: "/i/x/",
  status: 200,
  layer: "streaming",
  outcome: "ok",
  client: "203.0.113.7",
  startedAt: 0,
  firstByteMs: 20,
  durationMs: 80,
  bytesIn: 10,
  bytesOut: 100,
  messagesIn: 0,
  messagesOut: 0,
  closeCode: undefined,
};
const SOCKET: AccessRecord = {
  ...REQUEST,
  kind: "websocket",
  status: 101,
  durationMs: 90_000,
  messagesIn: 3,
  messagesOut: 4,
  closeCode: 1000,
};

const STATS = {
  openRequests: 1,
  openSockets: 2,
  pendingUpgrades: 3,
  pools: 4,
  draining: true,
  requestsTotal: 5,
  upgradesTotal: 6,
};

function watched() {
  const metrics = createMetrics({ process: false });
  metrics.watchProxy(() => STATS);
  metrics.watchInstances(() => Promise.resolve([["ready", 7]]));
  metrics.watchSealed(() => Promise.resolve([["k2", 5]]));
  return metrics;
}

test("what is over is counted once, by status and outcome, and never by person or instance", async () => {
  const metrics = watched();
  metrics.access(REQUEST);
  metrics.access(REQUEST);
  metrics.access({ ...REQUEST, status: 503, outcome: "route-starting", firstByteMs: undefined });
  metrics.access({ ...REQUEST, status: 0, outcome: "client-gone", firstByteMs: undefined });
  metrics.access(SOCKET);
  await metrics.render();
  const { text } = await metrics.render();
  for (const line of [
    'automna_requests_total{kind="http",status="200",outcome="ok"} 2',
    'automna_requests_total{kind="http",status="503",outcome="route-starting"} 1',
    'automna_requests_total{kind="http",status="none",outcome="client-gone"} 1',
    'automna_requests_total{kind="websocket",status="101",outcome="ok"} 1',
    'automna_bytes_total{kind="http",direction="out"} 400',
    'automna_messages_total{direction="in"} 3',
    'automna_socket_closes_total{code="1000"} 1',
    'automna_first_byte_seconds_bucket{le="0.01",kind="http"} 0',
    'automna_first_byte_seconds_bucket{le="0.025",kind="http"} 2',
    "automna_http_duration_seconds_count 4",
    'automna_socket_duration_seconds_bucket{le="600"} 1',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain(REQUEST.client);
  expect(text).not.toContain("a".repeat(24));
});

test("what is at this moment is asked at every scrape", async () => {
  const { text } = await watched().render();
  for (const line of [
    'automna_open{kind="request"} 1',
    'automna_open{kind="socket"} 2',
    'automna_open{kind="pending_upgrade"} 3',
    "automna_upstream_pools 4",
    "automna_draining 1",
    'automna_gateways{state="ready"} 7',
    'automna_sealed_values{key="k2"} 5',
  ])
    expect(text).toContain(line);
});

test("the table in docs/operations.md lists every metric with its type, labels and meaning", async () => {
  const metrics = watched();
  metrics.access(REQUEST);
  metrics.access(SOCKET);
  const { text } = await metrics.render();
  const lines = text.split("\n");
  const expected = lines.flatMap((line) => {
    const [, name, about] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const type = lines.find((other) => other.startsWith(`# TYPE ${name} `))?.split(" ")[3];
    const sample = lines.find((other) => new RegExp(`^${name}(_bucket)?[{ ]`).test(other)) ?? "";
    const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    return [{ name, type, labels: labels.filter((label) => label !== "le"), about }];
  });
  const page = await readFile(join(import.meta.dirname, "../../../docs/operations.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => {
    const [, name, type, labels = "", about] =
      /^\| `(automna_\w+)` *\| (\w+) *\| (.*?) *\| (.+?) *\|$/.exec(line) ?? [];
    const names = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
    return name ? [{ name, type, labels: names, about }] : [];
  });
  expect(rows).toEqual(expected);
});
