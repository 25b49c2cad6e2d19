import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { relayKeyOf } from "../packages/control-plane/src/model-relay/index.ts";
import { type Dockerd, startDockerd } from "../packages/control-plane/test/support/dockerd.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { freePort } from "../scripts/free-port.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { databasePlaces, gatewayTokens, secretFiles, secretsOf } from "./support/app-secrets.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { type ModelMachine, startModelMachine } from "./support/model-machine.ts";
import { openclawImageOn } from "./support/openclaw-image.ts";
import { change, gatewayOf, idIn, knock, launchUrlOf, say, signUp } from "./support/people.ts";
import { collectAnswers, findings, processPlaces } from "./support/secret-search.ts";
import { linesOnPage } from "./support/transcript.ts";

/** A real gateway in a container of two CPUs, on a machine that has two, beside everything else. */
const AFTER_A_START = { timeout: patienceMs };
const SOON = { timeout: patienceMs };
const MODEL_KEY = `sk-operator-${randomBytes(20).toString("hex")}`;
const OWN_KEY = `sk-own-${randomBytes(20).toString("hex")}`;

let browser: Browser;
let clerk: Clerk;
let engine: Dockerd;
let model: ModelMachine;
let app: App;
let relayPort: number;
let secretFolder: string;
let answers: ReturnType<typeof collectAnswers>;
/** Of the agents, in clear, and of the launches: what must not be found afterwards. */
const tokens: string[] = [];
const tickets: string[] = [];
/** What Docker told of the containers, also of those that have gone since. */
const logs: string[] = [];
const descriptions: string[] = [];

beforeAll(async () => {
  [browser, clerk, engine, model] = await Promise.all([
    launchChromium(),
    startClerk(),
    startDockerd(),
    startModelMachine(),
  ]);
  const { CLERK_SECRET_KEY = "", CLERK_WEBHOOK_SIGNING_SECRET = "" } = clerk.env;
  const image = await openclawImageOn(engine);
  secretFolder = await mkdtemp(join(tmpdir(), "automna-secrets-"));
  const secrets = { CLERK_SECRET_KEY, CLERK_WEBHOOK_SIGNING_SECRET, OPENAI_API_KEY: MODEL_KEY };
  relayPort = await freePort();
  app = await startApp({
    gateway: "openclaw",
    model,
    env: {
      ...clerk.env,
      MODEL_RELAY_PORT: String(relayPort),
      ...(await secretFiles(secretFolder, secrets)),
      LOG_LEVEL: "debug",
      DRIVER: "docker",
      DOCKER_HOST: engine.host,
      GATEWAY_IMAGE: image,
      PULL_IMAGES: "never",
      GATEWAY_NETWORKS: (await claimSubnet()).pool,
    },
  });
  clerk.deliverTo(`${app.origin}/api/webhooks/clerk`);
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await engine?.stop();
  await model?.[Symbol.asyncDispose]();
  await clerk?.[Symbol.asyncDispose]();
  if (secretFolder) await rm(secretFolder, { recursive: true, force: true });
});

function runDocker(...args: string[]) {
  const options = { env: { ...process.env, DOCKER_HOST: engine.host }, maxBuffer: 64 * 1024 ** 2 };
  return promisify(execFile)("docker", args, options);
}

const docker = async (...args: string[]) => (await runDocker(...args)).stdout.trim();

interface Cell {
  readonly name: string;
  readonly address: string;
}

/** The names of all containers, also of those that do not run. */
const containerNames = async () =>
  (await docker("ps", "--all", "--format", "{{.Names}}")).split("\n").filter(Boolean);

/** Before a container goes, since what Docker tells of it goes along. */
async function keepWhatDockerTells(): Promise<void> {
  const names = await containerNames();
  // A program's errors are the errors of the command, too.
  const written = await Promise.all(names.map((name) => runDocker("logs", name)));
  logs.push(...written.flatMap(({ stdout, stderr }) => [stdout, stderr]));
  descriptions.push(await docker("inspect", ...names));
}

/** The containers, with the address of each on its own network. */
async function cells(): Promise<Cell[]> {
  return Promise.all(
    (await containerNames()).map(async (name) => {
      const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
      const addresses = await docker("inspect", "--format", format, name);
      return { name, address: addresses.split(" ")[0] ?? "" };
    }),
  );
}

/** Tries, from inside a container, whether something answers at an address. */
function reaches(from: Cell, address: string, port: number): Promise<string> {
  const script = `const s=require("node:net").connect(${port},"${address}");s.setTimeout(3000);
s.on("connect",()=>{console.log("open");process.exit()}).on("error",(e)=>{console.log(e.code);process.exit()}).on("timeout",()=>{console.log("silence");process.exit()})`;
  return docker("exec", from.name, "node", "-e", script);
}

async function askRelay(port: number, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers });
  await response.body?.cancel();
  return response.status;
}

const state = (page: Page, words: string) => page.getByRole("status").getByText(words, { exact: true });
const said = (page: Page, text: string) => page.getByRole("log").getByText(text).first();

describe("people who sign up get real OpenClaw gateways in containers", () => {
  let alice: Page;
  let bob: Page;

  test("two people at once: each webhook is taken, each chat streams a reply from an own container", async () => {
    [alice, bob] = (await Promise.all(
      ["alice@example.com", "bob@example.com"].map(async (email) => {
        const context = await browser.newContext();
        if (email.startsWith("alice")) answers = collectAnswers(context, app.origin);
        return signUp(app.origin, context, email);
      }),
    )) as [Page, Page];
    await Promise.all(
      [alice, bob].map(async (page, index) => {
        await page.getByRole("textbox", { name: "Message" }).waitFor(AFTER_A_START);
        await say(page, `line ${index} [model:slow n=6 ms=50]`);
        await said(page, "w5 w6").waitFor(AFTER_A_START);
      }),
    );
    await expect
      .poll(() => clerk.delivered)
      .toEqual([
        { type: "user.created", status: 200 },
        { type: "user.created", status: 200 },
      ]);
    expect(await cells()).toHaveLength(2);
  });

  test("the dashboard says that the agent is ready, within which limits, and what it costs", async () => {
    const page = await alice.context().newPage();
    await page.goto(`${app.origin}/dashboard`);
    await state(page, "Agent Ready").waitFor(AFTER_A_START);
    await page.getByText("2 GB of memory, 2 CPUs, 512 processes").waitFor(SOON);
    await page.getByText(/a month while idle/).waitFor(SOON);
    await page.close();
  });

  test("neither reaches the other's: not from the page, not from inside the container", async () => {
    const [hers, his] = await Promise.all([gatewayOf(alice), gatewayOf(bob)]);
    expect(await knock(alice, his.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    expect(await knock(bob, hers.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    const [one, other] = (await cells()) as [Cell, Cell];
    expect(await reaches(one, one.address, 18_789)).toBe("open");
    expect(await reaches(one, other.address, 18_789)).not.toBe("open");
    expect(await reaches(other, one.address, 18_789)).not.toBe("open");
  });

  test("a container that somebody removes comes back with its conversation", async () => {
    await keepWhatDockerTells();
    await docker("rm", "--force", ...(await containerNames()));
    for (const page of [alice, bob]) {
      await page.reload();
      await said(page, "w5 w6").waitFor(AFTER_A_START);
    }
    await say(alice, "still there? [model:slow n=8 ms=50]");
    await said(alice, "w7 w8").waitFor(AFTER_A_START);
  });

  test("its token is rotated in the middle of a reply: a visitor is shut out before that ends, the reply comes whole, and the relay refuses the earlier key", async () => {
    const id = idIn((await gatewayOf(alice)).gatewayUrl);
    /** What the relay says to the keys of her agent that would follow from these. */
    const relayAnswers = (known: readonly string[]) =>
      Promise.all(known.map((token) => askRelay(relayPort, relayKeyOf(id, token))));
    const before = await gatewayTokens(app);
    tokens.push(...before);
    expect(new Set(await relayAnswers(before))).toEqual(new Set([200, 401]));
    const visitor = await browser.newContext();
    const visit = await visitor.newPage();
    const url = await launchUrlOf(alice);
    tickets.push(new URL(url).searchParams.get("token") ?? "");
    expect((await visit.goto(url))?.status()).toBe(200);
    await alice.evaluate(() => {
      document.documentElement.dataset["mark"] = "not reloaded";
    });
    await keepWhatDockerTells();

    // OpenClaw drops what waits behind another reply when it stops.
    const streaming = alice.locator('article[data-role="assistant"][data-status="streaming"]');
    await expect.poll(() => streaming.count(), SOON).toBe(0);
    const text = "a long one [model:held n=12]";
    await say(alice, text);
    await streaming.getByText("w1 w2 w3").waitFor(AFTER_A_START);
    expect(await change(alice, "/api/user/gateway/rotate", "POST")).toBe(202);
    await expect.poll(async () => (await visit.goto(visit.url()))?.status(), SOON).toBe(404);
    expect(await streaming.count()).toBe(1);
    await model.letGo(text);
    await said(alice, "w11 w12").waitFor(AFTER_A_START);
    await expect.poll(() => relayAnswers(before), AFTER_A_START).toEqual([401, 401]);
    await say(alice, "after the rotation");
    await said(alice, "Echo: after the rotation").waitFor(AFTER_A_START);
    const whole = "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12";
    const told = [text, whole, "after the rotation"].map(
      async (line) => (await linesOnPage(alice)).filter((shown) => shown.text === line).length,
    );
    expect(await Promise.all(told)).toEqual([1, 1, 1]);
    expect(await alice.evaluate(() => document.documentElement.dataset["mark"])).toBe("not reloaded");
    await visitor.close();
  });

  test("a stopped agent gets a new token and an own key, and is woken with them", async () => {
    tokens.push(...(await gatewayTokens(app)));
    await keepWhatDockerTells();
    expect(await change(alice, "/api/user/gateway/stop", "POST")).toBe(202);
    expect(await change(alice, "/api/user/gateway/rotate", "POST")).toBe(202);
    const ownKey = { provider: "openai", apiKey: OWN_KEY };
    expect(await change(alice, "/api/user/model-key", "PUT", ownKey)).toBe(200);
    expect(await change(alice, "/api/user/gateway/wake", "POST")).toBe(202);
    // Its provider is not on this machine: that it runs with the key must do.
    await expect.poll(async () => (await gatewayOf(alice)).status, AFTER_A_START).toBe(200);
    const after = await gatewayTokens(app);
    expect(after.filter((token) => !tokens.includes(token))).toHaveLength(1);
    tokens.push(...after);
  });

  test("a ticket opens the agent's own pages once", async () => {
    const url = await launchUrlOf(alice);
    const ticket = new URL(url).searchParams.get("token") ?? "";
    tickets.push(ticket);
    const page = await alice.context().newPage();
    expect((await page.goto(url))?.status()).toBe(200);
    expect(page.url()).not.toContain(ticket);
    await page.close();
    const elsewhere = await browser.newContext();
    expect((await (await elsewhere.newPage()).goto(url))?.status()).toBe(404);
    await elsewhere.close();
  });

  test("an agent that is deleted is gone", async () => {
    expect(await containerNames()).toHaveLength(2);
    await keepWhatDockerTells();
    expect(await change(bob, "/api/user/gateway", "DELETE")).toBe(202);
    await expect.poll(containerNames, AFTER_A_START).toHaveLength(1);
  });

  test("no secret of all this is in a log, an answer, a description, an environment, a command line or the database", async () => {
    const answer: { authToken: string | null } = await alice.evaluate(async () =>
      (await fetch("/api/user/gateway")).json(),
    );
    expect(answer.authToken).toBeNull();
    const sessions = (await alice.context().cookies()).filter(({ name }) => name.startsWith("__session"));
    expect(sessions).not.toEqual([]);
    const lasting = [
      { name: "the operator's model key", literal: MODEL_KEY },
      { name: "an own model key", literal: OWN_KEY },
      ...(await secretsOf(app, clerk)),
    ];
    const passing = [
      ...sessions.map(({ value }) => ({ name: "a session", literal: value })),
      ...tickets.map((literal) => ({ name: "a used ticket", literal })),
    ];
    const all = [...lasting, ...tokens.map((literal) => ({ name: "a gateway's token", literal }))];
    expect(new Set(tokens).size).toBe(4);
    expect(tickets).toHaveLength(2);

    const names = await containerNames();
    expect(names).toHaveLength(1);
    await keepWhatDockerTells();
    const text = (name: string, content: string) => ({ name, content: Buffer.from(content) });
    const environments = names.map((name) =>
      docker("exec", name, "cat", "/run/automna/gateway.env", "/run/automna/model-key"),
    );
    const kept = [
      text("the app's log", app.output()),
      text("the containers' logs", logs.join("\n")),
      text("docker inspect", descriptions.join("\n")),
      // Of the programs that agents start, whether one runs at this moment or not.
      text("the agents' own environments and keys", (await Promise.all(environments)).join("\n")),
      ...(await databasePlaces(app)),
    ];
    expect(app.output()).toContain('"msg":"access"');
    const shown = [answers.place(), text("the page", await alice.content())];
    const found = [
      ...findings([...all, ...passing], kept),
      ...findings(all, shown),
      ...findings([...all, ...passing], await processPlaces()),
    ];
    expect(found).toEqual([]);
  });
});
