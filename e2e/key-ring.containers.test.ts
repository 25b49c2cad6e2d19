import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { buildGatewayImage } from "../deploy/gateway-image/build.ts";
import { connectDatabase, countSealed } from "../packages/control-plane/src/database/index.ts";
import { type Dockerd, startDockerd } from "../packages/control-plane/test/support/dockerd.ts";
import { freePort } from "../scripts/free-port.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { exchange } from "./support/people.ts";

/** Several processes start on two CPUs. */
const AFTER_A_START = { timeout: patienceMs };
const [OLD, NEXT] = ["old", "next"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);

let browser: Browser;
let folder: string;
let engine: Dockerd;
let postgres: EmbeddedPostgres;
let env: Readonly<Record<string, string>>;
let app: App;

const start = (keys: readonly (string | undefined)[], more: Readonly<Record<string, string>> = {}) =>
  startApp({ gateway: "demo", env: { ...env, TOKEN_KEYS: keys.join(","), ...more } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-key-ring-"));
  [browser, engine, postgres] = await Promise.all([
    launchChromium(),
    startDockerd(),
    startEmbeddedPostgres({ directory: join(folder, "postgres") }),
  ]);
  env = {
    DATABASE_URL: postgres.url,
    // The same for every process: gateways are told which pages may speak to them.
    PORT: String(await freePort()),
    INSTANCE_DOMAIN: "localhost",
    DRIVER: "docker",
    DOCKER_HOST: engine.host,
    GATEWAY_IMAGE: await buildGatewayImage("demo", { dockerHost: engine.host }),
    GATEWAY_NETWORKS: (await claimSubnet()).pool,
    PULL_IMAGES: "never",
  };
  app = await start([OLD, NEXT]);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await engine?.stop();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** One exchange after the other, until the signal: at every moment something is asked or answered. */
async function talkUntil(signal: AbortSignal, page: Page): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count++) await exchange(page, `line ${count} of the talk`);
  return count;
}

/** The keys that have sealed something of what the database holds. */
async function sealedBy(): Promise<readonly string[]> {
  const database = connectDatabase({ url: postgres.url });
  try {
    return [...(await countSealed(database)).keys()];
  } finally {
    await database.$disconnect();
  }
}

test("the sealing keys are replaced while a chat streams: all is sealed anew, nobody reloads, and the old key may go", async () => {
  const page = await browser.newPage();
  let closes = 0;
  page.on("websocket", (socket) =>
    socket.on("close", () => {
      closes += 1;
    }),
  );
  await page.goto(`${app.origin}/chat`);
  await exchange(page, "before the rotation");
  await page.evaluate(() => {
    document.documentElement.dataset["mark"] = "not reloaded";
  });
  expect(await sealedBy()).toEqual(["old"]);
  const closed = closes;

  const enough = new AbortController();
  const talk = talkUntil(enough.signal, page);
  const worker = await start([NEXT, OLD], { ROLE: "worker" });
  try {
    await expect.poll(sealedBy, AFTER_A_START).toEqual(["next"]);
    enough.abort();
    expect(await talk).toBeGreaterThan(0);
  } finally {
    await worker[Symbol.asyncDispose]();
  }
  expect(closes).toBe(closed);

  await app[Symbol.asyncDispose]();
  app = await start([NEXT]);
  await exchange(page, "without the old key");
  expect(await sealedBy()).toEqual(["next"]);
  expect(await page.evaluate(() => document.documentElement.dataset["mark"])).toBe("not reloaded");
  await page.close();
});
