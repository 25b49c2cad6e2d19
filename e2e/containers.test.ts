import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGatewayImage } from "../deploy/gateway-image/build.ts";
import { type Dockerd, startDockerd } from "../packages/control-plane/test/support/dockerd.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { type ModelMachine, startModelMachine } from "./support/model-machine.ts";
import { gatewayOf, knock, say, signUp } from "./support/people.ts";

/** A real gateway in a container of two CPUs, on a machine that has two, beside everything else. */
const AFTER_A_START = { timeout: patienceMs };
const SOON = { timeout: patienceMs };
const MODEL_KEY = "key-of-the-scripted-model";

let browser: Browser;
let clerk: Clerk;
let engine: Dockerd;
let model: ModelMachine;
let app: App;

beforeAll(async () => {
  [browser, clerk, engine, model] = await Promise.all([
    launchChromium(),
    startClerk(),
    startDockerd(),
    startModelMachine(),
  ]);
  const image = await buildGatewayImage("openclaw", { dockerHost: engine.host });
  app = await startApp({
    gateway: "openclaw",
    model,
    env: {
      ...clerk.env,
      DRIVER: "docker",
      DOCKER_HOST: engine.host,
      GATEWAY_IMAGE: image,
      PULL_IMAGES: "never",
      GATEWAY_NETWORKS: (await claimSubnet()).pool,
      OPENAI_API_KEY: MODEL_KEY,
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
});

async function docker(...args: string[]): Promise<string> {
  const options = { env: { ...process.env, DOCKER_HOST: engine.host } };
  return (await promisify(execFile)("docker", args, options)).stdout.trim();
}

interface Cell {
  readonly name: string;
  readonly address: string;
}

/** The running containers, with the address of each on its own network. */
async function cells(): Promise<Cell[]> {
  const names = (await docker("ps", "--format", "{{.Names}}")).split("\n").filter(Boolean);
  return Promise.all(
    names.map(async (name) => {
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

const state = (page: Page, words: string) => page.getByRole("status").getByText(words, { exact: true });
const said = (page: Page, text: string) => page.getByRole("log").getByText(text).first();

describe("people who sign up get real OpenClaw gateways in containers", () => {
  let alice: Page;
  let bob: Page;

  test("two people at once: each webhook is taken, each chat streams a reply from an own container", async () => {
    [alice, bob] = (await Promise.all(
      ["alice@example.com", "bob@example.com"].map(async (email) =>
        signUp(app.origin, await browser.newContext(), email),
      ),
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

  test("no gateway token reaches a browser, and no secret stands in the log, an environment or a command line", async () => {
    const answer: { authToken: string | null } = await alice.evaluate(async () =>
      (await fetch("/api/user/gateway")).json(),
    );
    expect(answer.authToken).toBeNull();
    const names = (await cells()).map(({ name }) => name);
    const inspected = await docker("inspect", ...names);
    const sessions = (await alice.context().cookies()).filter(({ name }) => name.startsWith("__session"));
    expect(sessions).not.toEqual([]);
    for (const secret of [
      MODEL_KEY,
      clerk.env["CLERK_SECRET_KEY"] ?? "",
      ...sessions.map(({ value }) => value),
    ]) {
      expect(inspected).not.toContain(secret);
      expect(app.output()).not.toContain(secret);
      expect(await alice.content()).not.toContain(secret);
    }
    const lines = await promisify(execFile)("ps", ["-eo", "args"]);
    expect(lines.stdout).not.toContain(MODEL_KEY);
  });

  test("a container that somebody removes comes back with its conversation", async () => {
    const [one, other] = (await cells()) as [Cell, Cell];
    await docker("rm", "--force", one.name, other.name);
    await alice.reload();
    await said(alice, "w5 w6").waitFor(AFTER_A_START);
    await say(alice, "still there? [model:slow n=3 ms=50]");
    await said(alice, "w2 w3").last().waitFor(AFTER_A_START);
  });
});
