/**
 * From a dead socket to a live chat. The first half is real: a fake gateway that listens on loopback, the whole client,
 * real sockets, real timers. The second half puts a thousand clients and a gateway that restarts into virtual time, so
 * that their spread is the client's and not this machine's.
 */
import {
  createFakeGateway,
  fakeWebSocket,
  virtualClock,
  type VirtualClock,
} from "../../packages/testing/src/index.ts";
import { startFakeGatewayServer } from "../../packages/testing/src/ws.ts";
import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  NODE_CLIENT,
  preloadChat,
  type ChatStore,
  type Environment,
  type Transport,
  type TransportFactory,
} from "../../packages/client/src/index.ts";
import { BACKOFF } from "../../packages/client/src/backoff.ts";
import type { BenchReport } from "../report.ts";

const CLIENTS = 40;
const ROUNDS = 3;
/** From one client's drop to the next one's, milliseconds. */
const APART_MS = 100;
/** A connection that stood this long counts as stable, so that the next drop is a first one, milliseconds. */
const STABLE_MS = 6_000;
const HERD = 1_000;
const RESTART_EXPECTED_MS = 1_500;

const TOKEN = "test-token";

function isLive(store: ChatStore): boolean {
  const { connection, history } = store.getState();
  return connection.status === "ready" && history.status === "ready";
}

function live(store: ChatStore): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.subscribe(look);
    function look(): void {
      if (!isLive(store)) return;
      stop();
      resolve();
    }
    look();
  });
}

/** Resolves with the milliseconds from the end of the connection, as the client saw it, until it is live again. */
function recovery(store: ChatStore): Promise<number> {
  return new Promise((resolve) => {
    let droppedAt: number | null = null;
    const stop = store.subscribe((state) => {
      if (droppedAt === null && state.connection.status !== "ready") droppedAt = performance.now();
      if (droppedAt === null || !isLive(store)) return;
      stop();
      resolve(performance.now() - droppedAt);
    });
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Pair {
  readonly store: ChatStore;
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

/** A gateway of its own for every client, so that no client waits for another one's handshake. */
async function pair(protocol: 3 | 4): Promise<Pair> {
  const gateway = createFakeGateway({ protocol });
  gateway.seedSession("main", [{ user: "Hello", assistant: "Hello to you" }]);
  const server = await startFakeGatewayServer(gateway);
  const store = createChatStore({
    gatewayUrl: server.url,
    authToken: TOKEN,
    client: NODE_CLIENT,
    storage: memoryStorage(),
    pool: new ConnectionPool(),
  });
  store.start();
  return {
    store,
    drop: () => gateway.dropAll(),
    close: () => {
      store.dispose();
      gateway.close();
      return server.close();
    },
  };
}

/** What clients needed after their sockets had died one by one, milliseconds. */
async function realRecoveries(protocol: 3 | 4): Promise<number[]> {
  const pairs = await Promise.all(Array.from({ length: CLIENTS }, () => pair(protocol)));
  const taken: Promise<number>[] = [];
  try {
    await Promise.all(pairs.map(({ store }) => live(store)));
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(STABLE_MS);
      for (const { store, drop } of pairs) {
        taken.push(recovery(store));
        drop();
        await sleep(APART_MS);
      }
      await Promise.all(taken);
    }
    return await Promise.all(taken);
  } finally {
    await Promise.all(pairs.map(({ close }) => close()));
  }
}

/** A transport straight onto an in-memory socket. */
function memoryTransport(Socket: ReturnType<typeof fakeWebSocket>): TransportFactory {
  return (url, listener): Transport => {
    const socket = new Socket(url);
    let closed = false;
    const end = (code: number, reason: string) => {
      if (closed) return;
      closed = true;
      listener.close({ code, reason });
    };
    socket.addEventListener("open", () => {
      if (!closed) listener.open();
    });
    socket.addEventListener("message", (event) => {
      if (!closed && "data" in event) listener.frame(String(event.data));
    });
    socket.addEventListener("close", (event) =>
      end("code" in event ? Number(event.code) : 1006, "reason" in event ? String(event.reason) : ""),
    );
    return {
      send(text) {
        if (closed || socket.readyState !== 1) return false;
        socket.send(text);
        return true;
      },
      close(code, reason) {
        if (!closed) socket.close(code, reason);
        end(code, reason);
      },
    };
  };
}

function virtualEnvironment(clock: VirtualClock): Environment {
  return {
    now: () => clock.now(),
    after(ms, task) {
      const handle = clock.setTimeout(task, ms);
      return () => clock.clearTimeout(handle);
    },
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    onWake: () => () => undefined,
    isOnline: () => true,
  };
}

/** When each client of a herd dialled again, milliseconds after the restart's announced end. */
async function herdArrivals(): Promise<number[]> {
  // Modules load in real time, which a virtual clock does not wait for.
  await preloadChat();
  const clock = virtualClock();
  const gateway = createFakeGateway({ protocol: 4, clock, verifySignatures: false });
  const Socket = fakeWebSocket(gateway, { origin: null });
  const environment = virtualEnvironment(clock);
  const arrivals: number[] = [];
  let countsFrom: number | null = null;
  const dial = memoryTransport(Socket);
  const transport: TransportFactory = (url, listener) => {
    if (countsFrom !== null) arrivals.push(clock.now() - countsFrom);
    return dial(url, listener);
  };
  const stores = Array.from({ length: HERD }, () =>
    createChatStore({
      gatewayUrl: "ws://gateway.test/",
      authToken: TOKEN,
      client: NODE_CLIENT,
      device: "off",
      storage: memoryStorage(),
      pool: new ConnectionPool(),
      transport,
      environment,
    }),
  );
  for (const store of stores) store.start();
  const settled = await clock.advanceUntil(() => stores.every(isLive), 60_000);
  if (!settled) throw new Error("the herd did not come up");
  await clock.advanceAsync(STABLE_MS);
  countsFrom = clock.now() + RESTART_EXPECTED_MS;
  gateway.restart({ downMs: 600, restartExpectedMs: RESTART_EXPECTED_MS });
  // Before the restart is felt nobody is away.
  await clock.advanceUntil(() => !stores.some(isLive), 60_000);
  const back = await clock.advanceUntil(() => stores.every(isLive), 60_000);
  if (!back) throw new Error("the herd did not come back");
  for (const store of stores) store.dispose();
  gateway.close();
  return arrivals;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

/** The window that the middle 95 of 100 clients used, as a share of the one they were given. */
function spread(arrivals: readonly number[]): number {
  return (quantile(arrivals, 0.975) - quantile(arrivals, 0.025)) / BACKOFF.firstMs;
}

/** The largest share of clients that dialled within any tenth of the window; 0.1 would be perfectly even. */
function busiestTenth(arrivals: readonly number[]): number {
  const tenth = BACKOFF.firstMs / 10;
  const crowd = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + tenth).length);
  return Math.max(...crowd) / arrivals.length;
}

/** Runs both halves. Takes about a minute, most of it waiting until connections count as stable. */
export async function run(): Promise<BenchReport> {
  const version3 = await realRecoveries(3);
  const version4 = await realRecoveries(4);
  const arrivals = await herdArrivals();
  const row = (taken: readonly number[]) => ({
    recoveries: taken.length,
    p50_ms: round(quantile(taken, 0.5)),
    p95_ms: round(quantile(taken, 0.95)),
    max_ms: round(Math.max(...taken)),
  });
  const p50 = Math.max(quantile(version3, 0.5), quantile(version4, 0.5)) / 1_000;
  const share = spread(arrivals);
  return {
    name: "reconnect",
    subjects: {
      "version 3": row(version3),
      "version 4": row(version4),
      "herd after a restart": {
        dials: arrivals.length,
        window_ms: BACKOFF.firstMs,
        first_ms: round(Math.min(...arrivals)),
        last_ms: round(Math.max(...arrivals)),
        spread: round(share),
        busiest_tenth: round(busiestTenth(arrivals)),
      },
    },
    targets: [
      { id: "live-again-p50", value: round(p50), limit: 0.4, unit: "s", ok: p50 <= 0.4 },
      {
        id: "herd-spread",
        value: round(share),
        limit: 0.8,
        unit: "of the window, at least",
        ok: share >= 0.8,
      },
    ],
  };
}
