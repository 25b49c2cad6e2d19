import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { buildGatewayImage } from "../deploy/gateway-image/build.ts";
import { type Dockerd, startDockerd } from "../packages/control-plane/test/support/dockerd.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { type CuttableLink, startCuttableLink } from "./support/cuttable-link.ts";
import { say, signUp } from "./support/people.ts";

const ENGINE_AWAY_MS = 60_000;
const DATABASE_AWAY_MS = 30_000;
const SOON = { timeout: patienceMs };

let browser: Browser;
let clerk: Clerk;
let engine: Dockerd;
let folder: string;
let postgres: EmbeddedPostgres;
let link: CuttableLink;
let app: App;

const startPostgres = () => startEmbeddedPostgres({ directory: join(folder, "postgres") });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-outages-"));
  [browser, clerk, engine, postgres] = await Promise.all([
    launchChromium(),
    startClerk(),
    startDockerd(),
    startPostgres(),
  ]);
  link = await startCuttableLink(() => Number(new URL(postgres.url).port));
  const databaseUrl = new URL(postgres.url);
  databaseUrl.port = String(link.port);
  app = await startApp({
    gateway: "demo",
    env: {
      ...clerk.env,
      DATABASE_URL: databaseUrl.href,
      TOKEN_KEYS: `k1:${randomBytes(32).toString("base64")}`,
      DRIVER: "docker",
      DOCKER_HOST: engine.host,
      GATEWAY_IMAGE: await buildGatewayImage("demo", { dockerHost: engine.host }),
      // The router reaches containers by their own addresses: without the engine's help.
      GATEWAY_EGRESS: "internal",
      GATEWAY_NETWORKS: (await claimSubnet()).pool,
      PULL_IMAGES: "never",
    },
  });
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await engine?.stop();
  await link?.close();
  await postgres?.stop();
  await clerk?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function readiness(): Promise<{ status: number; away: readonly string[] }> {
  const response = await fetch(`${app.origin}/readyz`);
  const { away }: { away: readonly string[] } = await response.json();
  return { status: response.status, away };
}

async function announce(clerkId: string, id: string): Promise<number> {
  const { headers, body } = clerk.webhooks.sign(
    { object: "event", type: "user.created", data: { object: "user", id: clerkId } },
    id,
  );
  return (await fetch(`${app.origin}/api/webhooks/clerk`, { method: "POST", headers, body })).status;
}

/** Names of the containers that run, asked of the engine itself. */
async function containers(): Promise<readonly string[]> {
  const options = { env: { ...process.env, DOCKER_HOST: engine.host } };
  const { stdout } = await promisify(execFile)(
    "docker",
    ["ps", "--all", "--format", "{{.State}} {{.Names}}"],
    options,
  );
  return stdout.split("\n").filter(Boolean).sort();
}

/** How many sockets of the person's pages have closed so far. */
function countCloses(context: BrowserContext): () => number {
  let closes = 0;
  context.on("page", (page) =>
    page.on("websocket", (socket) =>
      socket.on("close", () => {
        closes += 1;
      }),
    ),
  );
  return () => closes;
}

const said = (page: Page, text: string) => page.getByRole("log").getByText(text).last().waitFor(SOON);
const instanceOf = (page: Page) =>
  page.evaluate(async () => {
    const answer: { instance: { id: string; state: string } | null } = await (
      await fetch("/api/user")
    ).json();
    return answer.instance;
  });

test("the engine is away for a minute and the database for half of it: chats go on, nobody is lost, everything comes back", async () => {
  const context = await browser.newContext();
  const closes = countCloses(context);
  const chat = await signUp(app.origin, context, "alice@example.com");
  await say(chat, "before the outage");
  await said(chat, "before the outage");
  await expect.poll(readiness, SOON).toEqual({ status: 200, away: [] });
  const before = await instanceOf(chat);
  const closed = closes();
  const running = await containers();
  expect(running).toHaveLength(1);

  await engine.kill();
  const engineBack = delay(ENGINE_AWAY_MS);
  await expect.poll(readiness, SOON).toEqual({ status: 200, away: ["engine"] });
  await say(chat, "without the engine");
  await said(chat, "without the engine");
  // A wish and a sign-up are taken while nobody can fulfil them.
  const dashboard = await context.newPage();
  await dashboard.goto(`${app.origin}/dashboard`);
  await dashboard.getByRole("button", { name: "Restart" }).click(SOON);
  await dashboard.getByText("Looking at it again").waitFor(SOON);
  expect(await announce("user_bob", "msg_bob")).toBe(200);

  link.cut();
  await postgres.stop();
  const databaseBack = delay(DATABASE_AWAY_MS);
  await expect.poll(readiness, SOON).toEqual({ status: 503, away: ["database", "engine"] });
  expect((await fetch(`${app.origin}/healthz`)).status).toBe(200);
  await say(chat, "without the database");
  await said(chat, "without the database");
  expect(closes()).toBe(closed);
  expect(await announce("user_carol", "msg_carol")).toBe(503);
  const visitor = await context.newPage();
  await visitor.goto(`${app.origin}/chat`);
  await visitor.getByText("Your agent cannot be looked up now").waitFor(SOON);

  await databaseBack;
  postgres = await startPostgres();
  link.mend();
  await expect.poll(readiness, SOON).toEqual({ status: 200, away: ["engine"] });
  expect(await announce("user_carol", "msg_carol")).toBe(200);

  await engineBack;
  await engine.restart();
  await expect.poll(readiness, SOON).toEqual({ status: 200, away: [] });
  await expect
    .poll(async () => (await containers()).filter((name) => name.startsWith("running")), SOON)
    .toHaveLength(3);
  await expect.poll(() => instanceOf(chat), SOON).toMatchObject({ id: before?.id, state: "ready" });
  // The page that waited comes back by itself.
  await dashboard.getByRole("status").getByText("Agent Ready", { exact: true }).waitFor(SOON);
}, 600_000);
