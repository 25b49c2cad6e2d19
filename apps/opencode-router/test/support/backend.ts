import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

import { onTestFinished } from "vitest";

import type { RouterConfig } from "../../src/config.ts";
import { startRouter } from "../../src/router.ts";
import type { RouterEnvironment, RunningRouter } from "../../src/router.ts";

export interface Backend {
  readonly port: number;
  readonly server: Server;
  readonly seen: IncomingMessage[];
}

/** Servers on ports in a row, which answer what OpenCode answers about itself and the rest by `listener`. */
export async function startBackends(
  directories: readonly string[],
  listener: RequestListener = echo,
): Promise<Backend[]> {
  for (let attempt = 0; ; attempt += 1) {
    const base = 10_000 + Math.floor(Math.random() * 15_000);
    const started = await Promise.all(
      directories.map((directory, index) => startBackend(directory, base + index, listener)),
    );
    const backends = started.filter((backend) => backend !== undefined);
    if (backends.length === directories.length) return backends;
    for (const { server } of backends) stopServer(server);
    if (attempt === 20) throw new Error("There are no free ports in a row.");
  }
}

async function startBackend(
  directory: string,
  port: number,
  listener: RequestListener,
): Promise<Backend | undefined> {
  const seen: IncomingMessage[] = [];
  const known = new Map<string | undefined, unknown>([
    ["/global/health", { healthy: true, version: "1.2.9" }],
    ["/project/current", { id: "global", worktree: "/" }],
    ["/path", { directory }],
  ]);
  const server = createServer((req, res) => {
    const answer = known.get(req.url);
    if (answer === undefined) {
      seen.push(req);
      listener(req, res);
      return;
    }
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(answer));
  });
  const listening = await new Promise<boolean>((resolve) => {
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!listening) return undefined;
  onTestFinished(() => stopServer(server));
  return { port, server, seen };
}

export function stopServer(server: Server): void {
  server.closeAllConnections();
  server.close();
}

function echo(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify({ url: req.url, host: req.headers.host, headers: req.headers }));
}

export interface TestRouter extends RunningRouter {
  readonly origin: string;
}

const TEST_CONFIG: RouterConfig = {
  port: 0,
  hostname: "127.0.0.1",
  username: "alice",
  scanStart: 1,
  scanEnd: 1,
  scanIntervalMs: 1_000,
  scanConcurrency: 20,
  probeTimeoutMs: 5_000,
  staleAfterMs: 30_000,
  mdns: false,
  mdnsRedact: false,
  mdnsAll: false,
  token: undefined,
  insecureLan: false,
  publicUrl: undefined,
  command: "opencode",
  serverUsername: "opencode",
  serverPassword: undefined,
  directories: [],
};

/** A router on a free loopback port that scans the ports of these backends and has done so once. */
export async function startTestRouter(
  backends: readonly Backend[],
  overrides: Partial<RouterConfig> = {},
  environment: Partial<RouterEnvironment> = {},
): Promise<TestRouter> {
  const ports = backends.map(({ port }) => port);
  const range = ports.length > 0 ? { scanStart: Math.min(...ports), scanEnd: Math.max(...ports) } : {};
  const router = await startRouter(
    { ...TEST_CONFIG, ...range, ...overrides },
    {
      machineNames: ["box", "box.local"],
      uid: process.getuid?.(),
      onLaunch: () => undefined,
      onLocked: () => undefined,
      onError: (error) => {
        throw error;
      },
      ...environment,
    },
  );
  onTestFinished(() => router.close());
  await router.scanned();
  return { ...router, origin: `http://127.0.0.1:${router.port}` };
}
