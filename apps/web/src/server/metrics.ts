import type { AccessRecord, ProxyStats } from "@automna/proxy";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { Latency, latencyText } from "./latency.ts";

/** What a scraper is told. */
export interface Metrics {
  /** Counts one finished request or socket. */
  readonly access: (record: AccessRecord) => void;
  /** From where the counts of this moment come, once there is a proxy. */
  watchProxy(stats: () => ProxyStats): void;
  /** From where the number of instances in each state comes, where gateways are worked on. */
  watchInstances(count: () => Promise<Iterable<readonly [state: string, count: number]>>): void;
  /** From where the number of values that each key has sealed comes, where they are sealed anew. */
  watchSealed(count: () => Promise<Iterable<readonly [key: string, count: number]>>): void;
  render(): Promise<{ contentType: string; text: string }>;
}

const PREFIX = "automna_";
const SOCKET_SECONDS = [1, 10, 60, 600, 3_600, 21_600, 86_400];

/** Counts since the last scrape: adding to a number is cheaper than finding a metric by its labels. */
interface Tally {
  readonly labels: { readonly kind: string; readonly status: string; readonly outcome: string };
  count: number;
  bytesIn: number;
  bytesOut: number;
}

/** The metrics of one process. `process` are those of Node itself. */
export function createMetrics({ process = true }: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
  const requests = createRequestMetrics(registry);
  const firstByte = { http: new Latency(), websocket: new Latency() };
  const httpDuration = new Latency();
  const tallies = new Map<string, Tally>();

  function tallyOf({ kind, status, outcome }: AccessRecord): Tally {
    const key = `${kind} ${status} ${outcome}`;
    const known = tallies.get(key);
    if (known) return known;
    const labels = { kind, status: status === 0 ? "none" : String(status), outcome };
    const fresh: Tally = { labels, count: 0, bytesIn: 0, bytesOut: 0 };
    tallies.set(key, fresh);
    return fresh;
  }

  function flush(): void {
    for (const { labels, count, bytesIn, bytesOut } of tallies.values()) {
      requests.total.inc(labels, count);
      requests.bytes.inc({ kind: labels.kind, direction: "in" }, bytesIn);
      requests.bytes.inc({ kind: labels.kind, direction: "out" }, bytesOut);
    }
    tallies.clear();
  }

  return {
    access(record) {
      const tally = tallyOf(record);
      tally.count += 1;
      tally.bytesIn += record.bytesIn;
      tally.bytesOut += record.bytesOut;
      const { kind, firstByteMs, durationMs, status, closeCode } = record;
      if (firstByteMs !== undefined) firstByte[kind].observe(firstByteMs / 1_000);
      if (kind === "http") httpDuration.observe(durationMs / 1_000);
      else if (status === 101) {
        requests.socketDuration.observe(durationMs / 1_000);
        requests.closes.inc({ code: String(closeCode ?? 1006) });
        requests.messages.inc({ direction: "in" }, record.messagesIn);
        requests.messages.inc({ direction: "out" }, record.messagesOut);
      }
    },
    watchProxy: (stats) => watchProxy(registry, stats),
    watchInstances: (count) =>
      watchCounts(registry, count, {
        name: `${PREFIX}gateways`,
        help: "Gateways in the database; one may be in several states. Every worker tells the same: take one, never the sum.",
        label: "state",
      }),
    watchSealed: (count) =>
      watchCounts(registry, count, {
        name: `${PREFIX}sealed_values`,
        help: "Secrets in the database by the id of the key that sealed them. Every worker tells the same.",
        label: "key",
      }),
    async render() {
      flush();
      const texts = [
        latencyText(`${PREFIX}first_byte_seconds`, "Time until a gateway's first byte, or its 101.", {
          'kind="http"': firstByte.http,
          'kind="websocket"': firstByte.websocket,
        }),
        latencyText(`${PREFIX}http_duration_seconds`, "Time until a request's last byte.", {
          "": httpDuration,
        }),
      ];
      return { contentType: registry.contentType, text: [await registry.metrics(), ...texts].join("\n") };
    },
  };
}

function createRequestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    total: new Counter({
      name: `${PREFIX}requests_total`,
      help: "Requests and sockets that are over, by status and by what became of them.",
      labelNames: ["kind", "status", "outcome"],
      registers,
    }),
    bytes: new Counter({
      name: `${PREFIX}bytes_total`,
      help: "Bytes of bodies and sockets that are over: in from clients, out to them.",
      labelNames: ["kind", "direction"],
      registers,
    }),
    messages: new Counter({
      name: `${PREFIX}messages_total`,
      help: "WebSocket messages of sockets that are over.",
      labelNames: ["direction"],
      registers,
    }),
    closes: new Counter({
      name: `${PREFIX}socket_closes_total`,
      help: "Sockets that were open and are over, by close code.",
      labelNames: ["code"],
      registers,
    }),
    socketDuration: new Histogram({
      name: `${PREFIX}socket_duration_seconds`,
      help: "How long sockets were open.",
      buckets: SOCKET_SECONDS,
      registers,
    }),
  };
}

function watchProxy(registry: Registry, stats: () => ProxyStats): void {
  const registers = [registry];
  const open = new Gauge({
    name: `${PREFIX}open`,
    help: "Requests, sockets, and upgrades without an answer, at this moment.",
    labelNames: ["kind"],
    registers,
    collect() {
      const { openRequests, openSockets, pendingUpgrades } = stats();
      open.set({ kind: "request" }, openRequests);
      open.set({ kind: "socket" }, openSockets);
      open.set({ kind: "pending_upgrade" }, pendingUpgrades);
    },
  });
  const pools: Gauge = new Gauge({
    name: `${PREFIX}upstream_pools`,
    help: "Gateways to which connections are kept.",
    registers,
    collect(): void {
      pools.set(stats().pools);
    },
  });
  const draining: Gauge = new Gauge({
    name: `${PREFIX}draining`,
    help: "1 from the moment the process was told to stop.",
    registers,
    collect(): void {
      draining.set(stats().draining ? 1 : 0);
    },
  });
}

function watchCounts(
  registry: Registry,
  count: () => Promise<Iterable<readonly [value: string, count: number]>>,
  { name, help, label }: { readonly name: string; readonly help: string; readonly label: string },
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const counted = await count();
      gauge.reset();
      for (const [value, number] of counted) gauge.set({ [label]: value }, number);
    },
  });
}
