import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import type { Identify } from "../apps/web/src/server/identify.ts";
import {
  FOREIGN,
  type Front,
  type FrontOptions,
  type House,
  newHouse,
  OWN,
  startFront,
  subdomainOf,
} from "../apps/web/test/support/front.ts";
import { launch } from "../apps/web/test/support/visit.ts";
import { launchChromium } from "./support/browser.ts";
import { type Findings, hostileGateway, type Prey } from "./support/hostile-gateway.ts";

let browser: Browser;
let house: House;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "automna-hostile-"));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres") });
  stops.push(
    () => rm(folder, { recursive: true, force: true }),
    () => postgres.stop(),
  );
  house = await newHouse(postgres.url);
  stops.push(() => house.database.$disconnect());
  browser = await launchChromium();
  stops.push(() => browser.close());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** As Clerk leaves it: a session that scripts of its host can read. */
const identifyByCookie: Identify = (headers) => {
  const clerkId = /(?:^|; )__session=(\w+)/.exec(headers.get("cookie") ?? "")?.[1];
  const expiresAt = Date.now() + 60_000;
  return Promise.resolve(
    clerkId ? { kind: "clerk", clerkId, sessionId: `sess_${clerkId}`, expiresAt } : null,
  );
};

const SECRET = "only-for-the-app";

/** The app with alice signed in, secrets in all her browser's places, and gateways that attack. */
async function startApp(
  options: FrontOptions,
): Promise<{ front: Front; context: BrowserContext; app: string }> {
  const prey: { current: Prey } = { current: { appOrigin: "", neighbours: [] } };
  const front = await startFront({
    house,
    identify: identifyByCookie,
    page: `<!doctype html><title>app</title><p>${SECRET}`,
    gateway: hostileGateway(() => prey.current),
    ...options,
  });
  const app = front.policy.originOf(undefined);
  const theirs = front.origins.originFor(subdomainOf(FOREIGN), app) ?? "";
  const neighbours = [`${app}/i/${FOREIGN}/x`, `${theirs}/i/${FOREIGN}/x`, `${theirs}/x`];
  prey.current = { appOrigin: app, neighbours };
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  await context.addCookies([{ name: "__session", value: "alice", url: app, httpOnly: false }]);
  const page = await context.newPage();
  await page.goto(app);
  await page.evaluate((secret) => localStorage.setItem("app-secret", secret), SECRET);
  await page.close();
  return { front, context, app };
}

async function findingsOf(page: Page): Promise<Findings> {
  const found = await page.waitForFunction(
    () => Object.entries(globalThis).find(([name]) => name === "__findings")?.[1],
  );
  return (await found.jsonValue()) as Findings;
}

function expectNothing(findings: Findings): void {
  expect(Object.keys(findings).length).toBeGreaterThan(8);
  const { cookies, storage, "a frame of the app": frame, "a service worker": worker, ...others } = findings;
  // An origin of its own it may have whole.
  expect(worker).toMatch(/^(failed: SecurityError|got http:\/\/u-a{10}\.localhost:\d+\/)$/);
  expect(cookies).toMatch(/^(got |got __session=mallory)$/);
  expect(storage).toBe("got null");
  expect(frame).toMatch(/^(got undefined|got null|got false|failed: .*)$/);
  for (const [name, finding] of Object.entries(others))
    if (name.startsWith("blind"))
      expect(finding, name).toMatch(/^(got opaque 0|got basic 40[34]|failed: .*)$/);
    else if (finding.startsWith("got"))
      expect(finding, name).toBe('got {"error":"Instance not found or not running"}');
  expect(JSON.stringify(findings)).not.toContain(SECRET);
}

const OUR_SUBDOMAINS = { instanceOrigins: { kind: "subdomain", domain: "localhost" } } as const;

describe.each<[string, FrontOptions]>([
  ["the second port", {}],
  ["a subdomain", OUR_SUBDOMAINS],
])("a hostile page of one's own gateway on %s", (_, options) => {
  test.each(["/", "", "/deep/page.html?x=1", "/image.svg"])(
    "opened as /i/{id}%s on the app's origin runs elsewhere and finds nothing",
    async (shape) => {
      const { front, context, app } = await startApp(options);
      const page = await context.newPage();
      await page.goto(`${app}/i/${OWN}${shape}`);
      expect(new URL(page.url()).origin).not.toBe(app);
      expect(new URL(page.url()).hostname).not.toBe(new URL(app).hostname);
      expectNothing(await findingsOf(page));
      expect(front.arrivals.filter(({ instance }) => instance === FOREIGN)).toEqual([]);
      const session = (await context.cookies(app)).filter(({ name }) => name === "__session");
      expect(session).toMatchObject([{ value: "alice" }]);
      for (const { headers } of front.arrivals) expect(headers.cookie ?? "").not.toMatch(/alice|automna/);
    },
  );

  test("opened by a launch finds nothing", async () => {
    const { front, context } = await startApp(options);
    const page = await context.newPage();
    await page.goto((await launch(front, "alice", OWN)).href);
    expectNothing(await findingsOf(page));
    expect(front.arrivals.filter(({ instance }) => instance === FOREIGN)).toEqual([]);
  });

  test("cannot be framed, run or loaded as code by a page of the app", async () => {
    const { front, context, app } = await startApp(options);
    const page = await context.newPage();
    await page.goto(app);
    const ran = await page.evaluate(async (path) => {
      const frame = document.createElement("iframe");
      frame.src = path;
      const loaded = new Promise((resolve) => {
        frame.addEventListener("load", resolve);
      });
      document.body.append(frame);
      await loaded;
      const script = document.createElement("script");
      script.src = `${path}x.js`;
      await new Promise((resolve) => {
        for (const event of ["load", "error"]) script.addEventListener(event, resolve);
        document.body.append(script);
      });
      return "__ran" in globalThis || frame.contentDocument?.title === "hostile";
    }, `/i/${OWN}/`);
    expect(ran).toBe(false);
    expect(front.arrivals).toEqual([]);
  });
});

test("on subdomains it does not reach another's gateway that is open in the same browser", async () => {
  const { front, context } = await startApp(OUR_SUBDOMAINS);
  const bobs = await context.newPage();
  await bobs.goto((await launch(front, "bob", FOREIGN)).href);
  await findingsOf(bobs);
  front.arrivals.length = 0;
  const page = await context.newPage();
  await page.goto((await launch(front, "alice", OWN)).href);
  expectNothing(await findingsOf(page));
  expect(front.arrivals.filter(({ instance }) => instance === FOREIGN)).toEqual([]);
});
