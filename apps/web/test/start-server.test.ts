import { createServer } from "node:http";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../../../scripts/free-port.ts";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { type Config, readConfig } from "../src/config.ts";
import { webContext } from "../src/server/context.ts";
import { createLog } from "../src/server/log.ts";
import { probeGateway } from "../src/server/probe.ts";
import { type RunningServer, startServer } from "../src/server/start-server.ts";
import { openStorage } from "../src/server/storage.ts";
import { createClerkInstance } from "./support/clerk-instance.ts";
import { ask, echo, listenAnywhere } from "./support/front.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const silent = () => createLog("silent");

/** The app as `npm start` runs it, with one route in the place of Next. */
async function start(config: Config, log = silent()): Promise<RunningServer & { port: number }> {
  const server = await startServer(config, log, () =>
    Promise.resolve({
      async handleRequest(req, res) {
        const { host = "", cookie } = req.headers;
        const headers = new Headers({ host, ...(cookie ? { cookie } : {}) });
        const request = new Request(`http://localhost${req.url}`, { headers });
        const answer = await webContext().api("getUserGateway", request);
        res.writeHead(answer.status).end(await answer.text());
      },
      handleUpgrade: (_, socket) => socket.destroy(),
      close: () => Promise.resolve(),
    }),
  );
  const close = vi.fn(server.close);
  onTestFinished(async () => {
    if (close.mock.calls.length === 0) await close();
  });
  return { ...server, close, port: Number(new URL(server.origin).port) };
}

type Gateway = { gatewayUrl: string; authToken: string };

const untilReady = (port: number, headersNow: () => Record<string, string> = () => ({})) =>
  vi.waitFor(
    async () => {
      const { status, body } = await ask(port, "/api/user/gateway", { headers: headersNow() });
      expect(status).toBe(200);
      return JSON.parse(body) as Gateway;
    },
    { interval: 100 },
  );

/** A handshake with the gateway through the router, as `Host` and path say. */
const handshake = ({ gatewayUrl, authToken }: Gateway) =>
  probeGateway(
    {
      product: "demo",
      target: { host: "127.0.0.1", port: 0, prefix: "strip", forwardedHeaders: "omit" },
      url: gatewayUrl,
      auth: { mode: "token", token: authToken },
    },
    AbortSignal.timeout(patienceMs),
  );

async function embedded(): Promise<Config> {
  return readConfig({ PORT: "0", GATEWAY: "demo", PATH: process.env["PATH"] }, await temporaryFolder());
}

test("an app with nothing but a folder: database, user, instance, gateway, and a handshake through the router", async () => {
  const config = await embedded();
  const first = await start(config);
  expect((await ask(first.port, "/healthz")).status).toBe(200);
  const gateway = await untilReady(first.port);
  expect(gateway.gatewayUrl).toMatch(new RegExp(`^ws://localhost:${first.port}/i/[0-9a-f]{24}/$`));
  expect(await handshake(gateway)).toMatchObject({ status: "ready", version: "demo" });
  expect(await handshake({ ...gateway, authToken: "wrong" })).toMatchObject({ status: "refused" });
  await first.close();
  await expect(ask(first.port, "/healthz")).rejects.toThrow();

  // The second start finds the person's gateway as it was, token and all.
  const second = await start(config);
  const again = await untilReady(second.port);
  expect(again.authToken).toBe(gateway.authToken);
  expect(new URL(again.gatewayUrl).pathname).toBe(new URL(gateway.gatewayUrl).pathname);
});

async function startWithClerk() {
  const clerk = createClerkInstance();
  const port = await freePort();
  const { config } = clerk;
  const env = {
    PORT: String(port),
    GATEWAY: "demo",
    PATH: process.env["PATH"],
    CLERK_PUBLISHABLE_KEY: config.publishableKey,
    CLERK_SECRET_KEY: config.secretKey,
    CLERK_JWT_KEY: config.jwtKey,
  };
  const { origin } = await start(readConfig(env, await temporaryFolder()));
  // A session's token lasts for a minute, and a loaded machine may take longer: Clerk's script renews it as well.
  const signedIn = (userId: string, claims?: Record<string, unknown>) => () => ({
    cookie: clerk.cookies(clerk.session(userId, origin, claims)),
  });
  return { port, origin, signedIn };
}

test("two people who signed in have a gateway each, and neither reaches the other's", async () => {
  const { port, signedIn } = await startWithClerk();
  const [alice, bob] = [signedIn("user_alice"), signedIn("user_bob")];
  expect((await ask(port, "/api/user/gateway")).status).toBe(401);
  const ofAlice = await untilReady(port, alice);
  const ofBob = await untilReady(port, bob);
  const path = (gateway: Gateway) => new URL(gateway.gatewayUrl).pathname;
  expect(path(ofAlice)).not.toBe(path(ofBob));
  expect(ofAlice.authToken).not.toBe(ofBob.authToken);
  expect((await ask(port, path(ofAlice), { headers: alice() })).status).toBe(200);
  for (const headers of [bob(), {}]) {
    expect((await ask(port, path(ofAlice), { headers })).status).toBe(404);
    expect(await echo(port, path(ofAlice), headers)).toMatchObject({ status: 404 });
  }
});

test("a sign-in that is over is nobody's for the API and the pages, although its token is still good", async () => {
  const { port, origin, signedIn } = await startWithClerk();
  const over = signedIn("user_alice", { sid: "sess_over" });
  const lasting = signedIn("user_alice", { sid: "sess_lasting" });
  await untilReady(port, over);
  const { identify, signOuts } = webContext();
  await signOuts.end("sess_over");
  expect((await ask(port, "/api/user/gateway", { headers: over() })).status).toBe(401);
  expect(await identify(new Headers(over()), `${origin}/`)).toBeNull();
  expect((await ask(port, "/api/user/gateway", { headers: lasting() })).status).toBe(200);
});

test("localhost means both loopback addresses, and no other", async () => {
  const { port } = await start(await embedded());
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200);
});

test("only the owner of the folder can read what is in it, and no log line holds a secret of it", async () => {
  const config = await embedded();
  let lines = "";
  const log = createLog(
    "trace",
    new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    }),
  );
  const server = await start(config, log);
  const gateway = await untilReady(server.port);
  await handshake(gateway);
  await server.close();
  const key = (await readFile(join(config.dataDir, "token-keys"), "utf8")).split(":")[1] ?? "";
  const password = await readFile(join(config.dataDir, "postgres", "password"), "utf8");
  expect(lines).toContain('"msg":"access"');
  for (const secret of [gateway.authToken, key, password]) expect(lines).not.toContain(secret);
  expect((await stat(join(config.dataDir, "token-keys"))).mode & 0o077).toBe(0);
  for (const entry of await readdir(config.dataDir, { withFileTypes: true }))
    expect((await stat(join(config.dataDir, entry.name))).mode & 0o077, entry.name).toBe(0);
});

test("a second app on the same folder is told so, and leaves the first one's database running", async () => {
  const config = await embedded();
  const first = await openStorage(config, silent());
  const told: string[] = [];
  const log = createLog("warn", { write: (line) => void told.push(line) });
  await expect(openStorage({ ...config, claimTimeoutMs: 200 }, log)).rejects.toMatchObject({
    code: "data-dir-in-use",
    message: expect.stringContaining("DATA_DIR"),
  });
  // Before the wait, so that nobody looks at a terminal that says nothing.
  expect(told.map((line) => String(JSON.parse(line).msg))).toEqual([
    expect.stringContaining(`Another Automna runs on ${config.dataDir}. Waiting`),
  ]);
  expect(await first.database.user.count()).toBe(0);
  await first.close();
});

test("a port that is taken is named, and nothing that was started is left running", async () => {
  const taken = createServer();
  const port = await listenAnywhere(taken);
  onTestFinished(() => {
    taken.close();
  });
  const config = { ...(await embedded()), port };
  await expect(start(config)).rejects.toMatchObject({
    code: "cannot-listen",
    message: expect.stringContaining("PORT"),
  });
  const pid = await readFile(join(config.dataDir, "postgres", "cluster", "postmaster.pid"), "utf8").catch(
    () => null,
  );
  expect(pid).toBeNull();
});
