import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { realpath } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import { createAccessCheck } from "./access.ts";
import { createAdvertiser, planAdvertisements } from "./advertiser.ts";
import type { Advertiser } from "./advertiser.ts";
import type { RouterConfig } from "./config.ts";
import { createEventLog } from "./event-log.ts";
import { createHttpServer } from "./http-server.ts";
import { createLauncher } from "./launcher.ts";
import type { LaunchEvent } from "./launcher.ts";
import { probeLoopback } from "./probe.ts";
import { createRegistry } from "./registry.ts";
import { scan } from "./scanner.ts";
import type { LockedPort } from "./scanner.ts";
import { readSocketOwners } from "./socket-owner.ts";

export interface RouterEnvironment {
  /** Names of this machine. */
  readonly machineNames: readonly string[];
  readonly uid: number | undefined;
  readonly onLaunch: (event: LaunchEvent) => void;
  readonly onLocked: (locked: LockedPort) => void;
  readonly onError: (error: unknown) => void;
  /** Name or address of the only interface to advertise on. */
  readonly mdnsInterface?: string;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

export interface RunningRouter {
  readonly port: number;
  readonly token: string;
  /** Resolves with the scan that is under way, or with the next. */
  scanned(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_ADVERTISEMENT_MS = 3_000;
const STOP_MS = 5_000;

/** Starts everything: server, scanner, project servers, advertisements. Rejects if the port cannot be had. */
export async function startRouter(
  config: RouterConfig,
  environment: RouterEnvironment,
): Promise<RunningRouter> {
  const { now = Date.now } = environment;
  const token = config.token ?? randomBytes(32).toString("base64url");
  const registry = createRegistry({ staleAfterMs: config.staleAfterMs });
  const events = createEventLog(randomBytes(6).toString("base64url").replaceAll("-", "_"));
  let locked: readonly LockedPort[] = [];
  const access = createAccessCheck({
    username: config.username,
    machineNames: environment.machineNames,
    publicUrl: config.publicUrl,
    token,
    insecureLan: config.insecureLan,
  });

  function baseUrl(req: IncomingMessage): string {
    const host = access.validHost(req.headers.host);
    const ofPublic = config.publicUrl !== undefined && new URL(config.publicUrl).host === host;
    if (config.publicUrl !== undefined && (ofPublic || host === undefined)) return config.publicUrl;
    return `http://${host ?? `localhost:${port}`}`;
  }

  const http = createHttpServer({
    registry,
    events,
    username: config.username,
    locked: () => locked,
    baseUrl,
    access,
    now,
    onError: environment.onError,
  });
  http.server.listen(config.port, config.hostname);
  await once(http.server, "listening");
  const { port } = http.server.address() as AddressInfo;

  const stopping = new AbortController();
  const launcher = createLauncher({
    command: config.command,
    scanStart: config.scanStart,
    scanEnd: config.scanEnd,
    reserved: new Set([port]),
    isServed: async (directory) => {
      // A server names its folder without the links that led there.
      const folder = await realpath(directory);
      return registry.list().some(({ path }) => path === folder);
    },
    onEvent: environment.onLaunch,
  });
  const advertiser = config.mdns
    ? createAdvertiser({
        port,
        onError: environment.onError,
        ...(environment.mdnsInterface === undefined ? {} : { interface: environment.mdnsInterface }),
      })
    : undefined;

  async function scanOnce(): Promise<void> {
    const result = await scan({
      ports: portsInOrder(config, port, new Set(registry.list().map((backend) => backend.port))),
      concurrency: config.scanConcurrency,
      probeTimeoutMs: config.probeTimeoutMs,
      probe: probeLoopback,
      readOwners: readSocketOwners,
      ...(config.serverPassword === undefined
        ? {}
        : { credentials: { username: config.serverUsername, password: config.serverPassword } }),
      ownUid: environment.uid,
      now,
      signal: stopping.signal,
    });
    if (!result.complete) return;
    for (const one of result.locked) {
      if (!locked.some((known) => known.port === one.port)) environment.onLocked(one);
    }
    locked = result.locked;
    events.append(registry.apply(result.sightings, now()));
    events.scanned(now());
  }

  const scans = repeat(scanOnce, config.scanIntervalMs, environment.onError);
  const advertising = advertiser && startAdvertising(advertiser);
  // A folder that has a server already is known after the first scan.
  const launched = scans.current().then(() => launcher.start(config.directories));
  launched.catch(environment.onError);

  function startAdvertising(target: Advertiser): { stop(): void } {
    const sync = (): Promise<void> =>
      target.sync(
        planAdvertisements(registry.list(), {
          username: config.username,
          ownUid: environment.uid,
          redact: config.mdnsRedact,
          all: config.mdnsAll,
        }),
      );
    return repeat(sync, config.scanIntervalMs, environment.onError, FIRST_ADVERTISEMENT_MS);
  }

  return {
    port,
    token,
    scanned: () => scans.current(),
    async close() {
      stopping.abort();
      scans.stop();
      advertising?.stop();
      await Promise.all([launcher.stop(), advertiser?.close(), http.close(STOP_MS)]);
    },
  };
}

/** Ports where something was found come first: a long scan must not make them look silent. */
function portsInOrder(config: RouterConfig, own: number, known: ReadonlySet<number>): number[] {
  const all: number[] = [];
  for (let port = config.scanStart; port <= config.scanEnd; port += 1) if (port !== own) all.push(port);
  return [...all.filter((port) => known.has(port)), ...all.filter((port) => !known.has(port))];
}

/** Runs a task again and again, never twice at a time: at once, or after `firstAfterMs`, then at each interval. */
function repeat(
  task: () => Promise<void>,
  intervalMs: number,
  onError: (error: unknown) => void,
  firstAfterMs = 0,
): { current(): Promise<void>; stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let finished = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    const startedAt = performance.now();
    await task().catch(onError);
    finished.resolve();
    if (stopped) return;
    finished = Promise.withResolvers<void>();
    schedule(Math.max(0, intervalMs - (performance.now() - startedAt)));
  }

  function schedule(ms: number): void {
    timer = setTimeout(() => void run(), ms);
  }

  if (firstAfterMs === 0) void run();
  else schedule(firstAfterMs);
  return {
    current: () => finished.promise,
    stop() {
      stopped = true;
      clearTimeout(timer);
      finished.resolve();
    },
  };
}
