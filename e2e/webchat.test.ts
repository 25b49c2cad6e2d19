import { readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import type { Browser, Page } from "playwright";
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  onTestFinished,
  test,
  type TestContext,
} from "vitest";

import { WebSocket as NodeSocket } from "ws";

import { ssh as sshMissing } from "../scripts/requirements.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { startRealGateway, type RealGateway } from "./support/gateways.ts";
import { REAL_PRODUCTS, type RealProduct } from "./support/install-gateways.ts";
import { startModelServer, type ModelServer } from "./support/model-server.ts";
import { startSshServer, type SshServer } from "./support/ssh.ts";
import { linesOfGateway, linesOnPage } from "./support/transcript.ts";
import { runWebchat, startWebchatProcess, type WebchatProcess } from "./support/webchat.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };
const PICTURE_SIDE = 3_000;

let browser: Browser;
let model: ModelServer;
/** Everything that is said to them is said in a session of its own. */
const gateways = new Map<RealProduct, RealGateway>();

beforeAll(async () => {
  [browser, model] = await Promise.all([launchChromium(), startModelServer()]);
  const starts = REAL_PRODUCTS.map(async (product) => {
    gateways.set(product, await startRealGateway({ product, model }));
  });
  // One that cannot start leaves the other to be stopped.
  await Promise.allSettled(starts);
  await Promise.all(starts);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([...gateways.values()].map((gateway) => gateway[Symbol.asyncDispose]()));
  await model?.stop();
});

afterEach(async ({ task }: TestContext) => {
  for (const context of browser.contexts()) {
    if (task.result?.state === "fail")
      for (const page of context.pages())
        console.log("The page showed:", await page.locator("body").innerText());
    await context.close();
  }
});

function gatewayOf(product: RealProduct): RealGateway {
  const gateway = gateways.get(product);
  if (!gateway) throw new Error(`${product} was not started.`);
  return gateway;
}

const said = (page: Page, text: string) => page.getByRole("log").getByText(text);

async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Message" });
  await box.waitFor(SOON);
  await box.fill(text);
  await box.press("Enter");
}

/** A page that a person opened with a link, at this session. */
async function openChat(web: WebchatProcess, session: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto((await web.link()).replace("#", `?session=${session}#`));
  return page;
}

interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request with exactly these headers, `Host` too. */
function raw(url: string, headers: Record<string, string>, body?: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const req = request(url, { method, headers, agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      res.on("end", () => resolve({ status: res.statusCode ?? 0, body: text }));
    });
    req.on("error", reject);
    req.end(body);
  });
}

describe.each(REAL_PRODUCTS)("the web chat in front of a real %s", (product) => {
  let gateway: RealGateway;
  let web: WebchatProcess;

  beforeAll(async () => {
    gateway = gatewayOf(product);
    web = await startWebchatProcess(["--gateway", gateway.url], { AUTOMNA_GATEWAY_TOKEN: gateway.token });
  });

  afterAll(async () => {
    await web?.stop();
  });

  const call = async (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(new URL("rpc", web.baseUrl), {
      method: "POST",
      headers: {
        authorization: `Bearer ${await web.token()}`,
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify(body),
    });

  test("a link opens the chat, a reply streams in, a reload shows it again, and the address keeps no secret", async () => {
    const page = await browser.newPage();
    const faults = watchFaults(page);
    const link = await web.link();
    await page.goto(link.replace("#", "?session=local#"));
    await say(page, "hello [model:slow n=10 ms=100]");
    await said(page, "w1 w2 w3").waitFor(SOON);
    await said(page, "w9 w10").waitFor(SOON);
    expect(page.url()).toBe(`${web.baseUrl}?session=local`);
    await page.reload();
    await said(page, "w9 w10").waitFor(SOON);
    const lines = await linesOnPage(page);
    expect(lines).toEqual([
      { who: "user", text: "hello [model:slow n=10 ms=100]" },
      { who: "assistant", text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10" },
    ]);
    await expect.poll(() => linesOfGateway(gateway, "agent:main:local"), SOON).toEqual(lines);
    const kept = await page.evaluate(() =>
      [...Object.values(localStorage), ...Object.values(sessionStorage)].join("\n"),
    );
    expect(kept + (await page.content())).not.toContain(gateway.token);
    expect(faults.sockets).toEqual([]);
    expect(faults.consoleErrors).toEqual([]);
    const again = await browser.newPage();
    await again.goto(link);
    await again.getByText("This page needs a link").waitFor(SOON);
  });

  test("a session that nobody used is an empty one", async () => {
    const page = await openChat(web, "never-used");
    await page.getByRole("textbox", { name: "Message" }).waitFor(SOON);
    expect(await linesOnPage(page)).toEqual([]);
    const headers = { authorization: `Bearer ${await web.token()}` };
    for (const session of ["never-used-either", "agent:nobody:main"]) {
      const answer = await fetch(new URL(`history?session=${session}`, web.baseUrl), { headers });
      expect(await answer.json()).toMatchObject({ ok: true, messages: [] });
    }
  });

  test("a call waits for the answer or streams it, and its session has it", async () => {
    const waited = await call({ text: "good morning", session: "calls", deliver: false });
    expect(await waited.json()).toEqual({
      ok: true,
      runId: expect.any(String),
      payloads: [{ text: "Echo: good morning" }],
    });
    const streamed = await call(
      { text: `slowly, ${product} [model:held]`, session: "calls", thinking: "low" },
      { accept: "text/event-stream" },
    );
    let heard = "";
    for await (const piece of streamed.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      heard += piece;
      if (heard.includes("event: text")) model.letGo(`slowly, ${product}`);
    }
    const events = [...heard.matchAll(/^event: (\w+)\ndata: (.*)$/gm)];
    const texts = events.filter(([, event]) => event === "text").map(([, , data = ""]) => data);
    expect(texts.length).toBeGreaterThan(1);
    expect(JSON.parse(events.at(-1)?.[2] ?? "")).toMatchObject({
      ok: true,
      payloads: [{ text: "w1 w2 w3 w4 w5 w6" }],
    });
    const headers = { authorization: `Bearer ${await web.token()}` };
    const roles = async () => {
      const history = await fetch(new URL("history?session=calls", web.baseUrl), { headers });
      const { messages } = (await history.json()) as { messages: { role: string }[] };
      return messages.map(({ role }) => role);
    };
    // The gateway writes a reply down after its last word.
    await expect.poll(roles, SOON).toEqual(["user", "assistant", "user", "assistant"]);
  });

  test("a socket follows its session: a snapshot, then what a call says there", async () => {
    const headers = { authorization: `Bearer ${await web.token()}` };
    const socket = new NodeSocket(`${web.baseUrl.replace("http", "ws")}socket?session=followed`, { headers });
    onTestFinished(() => socket.terminate());
    const updates: { type: string; messages?: unknown[]; message?: { text: string; status: string } }[] = [];
    socket.on("message", (data: Buffer) =>
      updates.push(JSON.parse(data.toString("utf8")) as (typeof updates)[0]),
    );
    await expect.poll(() => updates[0], SOON).toMatchObject({ type: "snapshot", messages: [] });
    const called = call({ text: `follow me, ${product} [model:held]`, session: "followed" });
    const streaming = () => updates.filter(({ message }) => message?.status === "streaming");
    await expect.poll(() => streaming().at(-1)?.message?.text, SOON).toMatch(/w\d$/);
    model.letGo(`follow me, ${product}`);
    await called;
    await expect
      .poll(
        () => updates.map(({ message }) => message).findLast((message) => message?.text.endsWith("w6")),
        SOON,
      )
      .toMatchObject({ status: "complete" });
  });

  test("a call whose model fails says why", async () => {
    const answer = await call({ text: "[model:error status=400]", session: "failing" });
    expect(await answer.json()).toMatchObject({ ok: false, error: expect.stringMatching(/./) });
  });

  test("a call with somebody to deliver to is taken, and answered here too", async () => {
    const answer = await call({ text: "tell them", session: "deliver", deliver: true, to: "+15550100" });
    const result = (await answer.json()) as { ok: boolean; error?: string; payloads?: unknown };
    // Without a channel the gateway may refuse the delivery; it then says so.
    if (result.ok) expect(result.payloads).toEqual([{ text: "Echo: tell them" }]);
    else expect(result.error).toMatch(/channel|deliver|target/i);
  });

  test("a picture that is longer than 2000 pixels is drawn smaller before it is sent, and reaches the model", async () => {
    const page = await openChat(web, "pictures");
    await page.getByRole("textbox", { name: "Message" }).waitFor(SOON);
    const posts: string[] = [];
    page.on("request", (sent) => posts.push(sent.postData() ?? ""));
    const picture = await page.evaluate(async (side) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [side, 30];
      canvas.getContext("2d")?.fillRect(0, 0, side, 30);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
    }, PICTURE_SIDE);
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: "wide.png", mimeType: "image/png", buffer: Buffer.from(picture) });
    await page.getByText("wide.png").first().waitFor(SOON);
    await page.getByRole("textbox", { name: "Message" }).fill("what is this?");
    // Other than Enter it waits until the picture is ready.
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect
      .poll(async () => (await linesOnPage(page)).at(-1), SOON)
      .toEqual({ who: "assistant", text: expect.stringMatching(/^Echo: .*what is this\?$/) });
    const [, content = ""] = /"content":"([A-Za-z0-9+/=]+)"/.exec(posts.join("\n")) ?? [];
    expect(Buffer.from(content, "base64").readUInt32BE(16)).toBe(2_000);
    const { turn } = await model.request(({ userText }) => userText.includes("what is this"));
    // OpenClaw may hand the model the file's name, to be looked at with a tool.
    expect(turn.imageCount === 1 || turn.userText.includes("(image/png)")).toBe(true);
  });

  test("the gateway is killed in the middle and started again: the page goes on, nothing is doubled", async () => {
    const page = await openChat(web, "killed");
    await say(page, "before");
    await said(page, "Echo: before").waitFor(SOON);
    await gateway.kill();
    await page
      .getByText(/lost|cannot answer|Reconnecting|unreachable/i)
      .first()
      .waitFor(SOON);
    await say(page, "while it is away");
    await gateway.restart();
    await said(page, "Echo: while it is away").waitFor({ timeout: patienceMs });
    await page.reload();
    await said(page, "Echo: while it is away").waitFor(SOON);
    const lines = await linesOnPage(page);
    expect(lines.filter(({ text }) => text === "while it is away")).toHaveLength(1);
    expect(lines.filter(({ text }) => text === "Echo: while it is away")).toHaveLength(1);
  });

  test("foreign names, foreign pages, and missing, ended or replayed secrets are refused", async () => {
    const token = await web.token();
    const bearer = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const history = new URL("history?session=local", web.baseUrl).href;
    const rpc = new URL("rpc", web.baseUrl).href;
    const { host } = new URL(web.baseUrl);
    const before = model.requests.length;
    expect((await raw(history, { host, ...bearer })).status).toBe(200);
    expect(
      (await raw(history, { host: `rebound.example:${new URL(web.baseUrl).port}`, ...bearer })).status,
    ).toBe(403);
    expect((await raw(rpc, { host, ...bearer, origin: "https://evil.example" }, '{"text":"x"}')).status).toBe(
      403,
    );
    expect((await raw(rpc, { host, "content-type": "application/json" }, '{"text":"x"}')).status).toBe(401);
    expect((await raw(rpc, { host, ...bearer, authorization: "Bearer guess" }, '{"text":"x"}')).status).toBe(
      401,
    );
    const ticket = (await web.link()).split("#token=")[1] ?? "";
    expect((await raw(`${history}&token=${ticket}`, { host })).status).toBe(200);
    expect(JSON.parse((await raw(`${history}&token=${ticket}`, { host })).body)).toMatchObject({
      code: "ticket-used",
    });
    expect(model.requests).toHaveLength(before);
  });

  test("no secret is in its output or arguments, and everything that has to be logged is", async () => {
    const { key } = JSON.parse(await readFile(web.discoveryFile, "utf8")) as { key: string };
    const output = web.output();
    for (const secret of [gateway.token, key, "#token="]) expect(output).not.toContain(secret);
    expect(output).toContain(`[listening] port ${new URL(web.baseUrl).port}, ${web.baseUrl}`);
    expect(output).toContain("[refused] 401 POST /webchat/rpc");
    const cmdline = await readFile(`/proc/${web.child.pid}/cmdline`, "utf8");
    for (const secret of [gateway.token, key]) expect(cmdline).not.toContain(secret);
    await expect(runWebchat(["--gateway", gateway.url], web.home)).rejects.toMatchObject({
      stderr: expect.stringContaining(`One is running at ${web.baseUrl}`),
    });
  });
});

describe("the page of the web chat", () => {
  let gateway: RealGateway;
  let options: readonly string[];
  let web: WebchatProcess;

  beforeAll(async () => {
    gateway = gatewayOf("openclaw");
    const tokenFile = join(gateway.dataDir, "token-of-this-test");
    await writeFile(tokenFile, `${gateway.token}\n`);
    options = ["--gateway", gateway.url, "--gateway-token-file", tokenFile];
    web = await startWebchatProcess(options);
  });

  afterAll(async () => {
    await web?.stop();
  });

  test("renews its token by itself, and goes on long after the first one", async () => {
    const hasty = await startWebchatProcess([...options, "--token-ttl", "2s"]);
    onTestFinished(async () => void (await hasty.stop()));
    const page = await browser.newPage();
    const renewals: number[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith("/webchat/token")) renewals.push(response.status());
    });
    await page.goto(await hasty.link());
    await page.getByRole("textbox", { name: "Message" }).waitFor(SOON);
    await expect.poll(() => renewals.length, SOON).toBeGreaterThan(3);
    await say(page, "still me");
    await said(page, "Echo: still me").waitFor(SOON);
    expect(new Set(renewals)).toEqual(new Set([200]));
  });

  test("says that the server is unreachable and how to fix it, and opens by itself when it is back", async () => {
    const page = await browser.newPage();
    await page.route("**/webchat/info", (route) => route.abort());
    await page.goto(await web.link());
    await page.getByRole("heading", { name: "Web chat server unreachable" }).waitFor(SOON);
    await page.getByText("Check that automna-webchat is running").waitFor(SOON);
    expect(await violationsOn(page)).toEqual([]);
    await page.unroute("**/webchat/info");
    await page.getByRole("textbox", { name: "Message" }).waitFor(SOON);
  });

  test.each([
    ["light", { width: 1_100, height: 800 }],
    ["dark", { width: 1_100, height: 800 }],
    ["light", { width: 390, height: 800 }],
    ["dark", { width: 390, height: 800 }],
  ] as const)("is accessible and fits, %s at %j", async (colorScheme, viewport) => {
    const context = await browser.newContext({ colorScheme, viewport });
    const page = await context.newPage();
    await page.goto((await web.link()).replace("#", `?session=look-${colorScheme}-${viewport.width}#`));
    await say(page, "Show me something [model:long]");
    await said(page, "Show me something").waitFor(SOON);
    await expect.poll(async () => (await linesOnPage(page)).length, SOON).toBe(2);
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached", ...SOON });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(viewport.width);
    expect(await violationsOn(page)).toEqual([]);
    const shots = process.env["WEBCHAT_SHOTS"];
    if (shots !== undefined)
      await page.screenshot({ path: join(shots, `${colorScheme}-${viewport.width}.png`) });
  });

  test("speaks the browser's language, also from right to left", async () => {
    const context = await browser.newContext({ locale: "ar" });
    const page = await context.newPage();
    await page.goto(web.baseUrl);
    await page.getByText("تحتاج هذه الصفحة إلى رابط").waitFor(SOON);
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    expect(await violationsOn(page)).toEqual([]);
  });

  test("a page of another origin reads nothing and sends nothing, another port of this machine included", async () => {
    const { key } = JSON.parse(await readFile(web.discoveryFile, "utf8")) as { key: string };
    const server = createServer((_req, res) =>
      res.writeHead(200, { "content-type": "text/html" }).end("<p>hello"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const outcome = await page.evaluate(
      async ({ base, key }) => {
        const attempt = async (run: () => Promise<Response>) => {
          try {
            const response = await run();
            return `${response.type} ${response.status} ${(await response.text()).length}`;
          } catch {
            return "refused";
          }
        };
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
        const socket = new WebSocket(`${base.replace("http", "ws")}socket`);
        return Promise.all([
          attempt(() => fetch(`${base}info`)),
          attempt(() => fetch(`${base}info`, { mode: "no-cors" })),
          attempt(() => fetch(`${base}token`, { method: "POST", headers })),
          attempt(() => fetch(`${base}rpc`, { method: "POST", mode: "no-cors", body: '{"text":"x"}' })),
          new Promise<string>((resolve) => {
            socket.addEventListener("open", () => resolve("open"));
            socket.addEventListener("error", () => resolve("refused"));
          }),
        ]);
      },
      { base: web.baseUrl, key },
    );
    expect(outcome).toEqual(["refused", "refused", "refused", "refused", "refused"]);
  });

  test("a name that was rebound to this machine gets nothing", async () => {
    const rebound = await launchChromium("--host-resolver-rules=MAP rebound.example 127.0.0.1");
    onTestFinished(() => rebound.close());
    const page = await rebound.newPage();
    const answer = await page.goto(web.baseUrl.replace("127.0.0.1", "rebound.example"));
    expect(answer?.status()).toBe(403);
    const info = await page.goto(new URL("info", web.baseUrl).href.replace("127.0.0.1", "rebound.example"));
    expect(await info?.text()).toContain("foreign-host");
  });
});

describe.skipIf(sshMissing() !== null).each(REAL_PRODUCTS)(
  "the web chat of another machine with a real %s, through a real sshd",
  (product) => {
    let gateway: RealGateway;
    let web: WebchatProcess;
    let sshd: SshServer;
    let tunnel: WebchatProcess;
    let ssh: readonly string[];

    beforeAll(async () => {
      sshd = await startSshServer();
      gateway = gatewayOf(product);
      web = await startWebchatProcess(["--gateway", gateway.url], { AUTOMNA_GATEWAY_TOKEN: gateway.token });
      const program = join(web.home, "ssh");
      const words = sshd.login.slice(0, -1).map((word) => `'${word}'`);
      await writeFile(program, `#!/bin/sh\nexec ssh ${words.join(" ")} "$@"\n`, { mode: 0o700 });
      const target = sshd.login.at(-1) ?? "";
      ssh = ["--ssh", target, "--ssh-command", program, "--remote-discovery-file", web.discoveryFile];
      tunnel = await startWebchatProcess(ssh);
    });

    afterAll(async () => {
      await tunnel?.stop();
      await web?.stop();
      await sshd?.stop();
    });

    /** The `ssh` processes that the program runs now. */
    async function sshPids(): Promise<number[]> {
      const { pid } = tunnel.child;
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
      return children.trim().split(/\s+/).filter(Boolean).map(Number);
    }

    test("the address is right as seen through the tunnel, and the chat behind it is the remote one", async () => {
      expect(tunnel.baseUrl).not.toBe(web.baseUrl);
      const info = await fetch(new URL("info", tunnel.baseUrl));
      expect(await info.json()).toMatchObject({
        baseUrl: tunnel.baseUrl,
        port: Number(new URL(web.baseUrl).port),
      });
      const page = await openChat(tunnel, "remote");
      expect(page.url().startsWith(tunnel.baseUrl)).toBe(true);
      await say(page, "from far away [model:slow n=8 ms=100]");
      await said(page, "w7 w8").waitFor(SOON);
      // The gateway writes a reply down after its last word.
      await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached", ...SOON });
      const lines = await linesOnPage(page);
      await expect.poll(() => linesOfGateway(gateway, "agent:main:remote"), SOON).toEqual(lines);
      expect(tunnel.output()).toMatch(
        /\[tunnel\] \S+@127\.0\.0\.1: port \d+ over there is http:\/\/127\.0\.0\.1:\d+/,
      );
      expect(tunnel.output()).not.toContain("#token=");
    });

    test("a second call uses the tunnel that is open", async () => {
      const { stdout, stderr } = await runWebchat(ssh, tunnel.home);
      expect(stdout).toContain(tunnel.baseUrl);
      expect(stderr).toContain("the open one is used");
    });

    test("the tunnel drops in the middle of an answer: it comes back on the same port, and nothing is lost or doubled", async () => {
      const page = await openChat(tunnel, "dropped");
      await say(page, "go on [model:slow n=30 ms=200]");
      await said(page, "w3").waitFor(SOON);
      const [first] = await sshPids();
      if (first === undefined) throw new Error("There is no ssh process.");
      process.kill(first, "SIGKILL");
      await say(page, "written meanwhile");
      await expect.poll(async () => (await sshPids()).some((pid) => pid !== first), SOON).toBe(true);
      await said(page, "w29 w30").waitFor(SOON);
      await expect
        .poll(() => linesOfGateway(gateway, "agent:main:dropped"), SOON)
        .toEqual(expect.arrayContaining([{ who: "user", text: "written meanwhile" }]));
      await page.reload();
      await page.getByRole("log").getByText("written meanwhile", { exact: true }).waitFor(SOON);
      const lines = await linesOfGateway(gateway, "agent:main:dropped");
      expect(lines.filter(({ text }) => text === "written meanwhile")).toHaveLength(1);
      expect(tunnel.output()).toContain("The tunnel dropped. Again in");
      expect((await fetch(new URL("info", tunnel.baseUrl))).status).toBe(200);
    });
  },
);
