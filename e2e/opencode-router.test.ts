import { execFile, spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Page } from "playwright";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { freeRange } from "../scripts/free-port.ts";
import { patienceMs } from "../scripts/test-patience.ts";

import { violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { createOpencodeHome, opencodeProgram, startRouterProcess, stopProcess } from "./support/opencode.ts";
import type { OpencodeHome, RouterProcess } from "./support/opencode.ts";
import { openEvents, type OpencodeEvents } from "./support/opencode-events.ts";

const PASSWORD = "a-password-of-this-test";

interface BackendItem {
  readonly slug: string;
  readonly project_name: string;
  readonly project_path: string;
  readonly port: number;
  readonly version: string;
  readonly url: string;
}

let program: string;
let home: OpencodeHome;
let router: RouterProcess;
let base: number;
let folders: { repository: string; inside: string; plain: string; api: string };

async function json<T>(path: string, from = router): Promise<T> {
  const response = await fetch(new URL(path, from.origin));
  expect(response.headers.get("content-type")).toContain("application/json");
  return (await response.json()) as T;
}

const backends = (from = router) => json<BackendItem[]>("/api/backends", from);

beforeAll(async () => {
  program = await opencodeProgram();
  home = await createOpencodeHome();
  folders = {
    repository: await home.folder("Archer"),
    inside: await home.folder("Archer/packages/web"),
    plain: await home.folder("my notes"),
    api: await home.folder("api"),
  };
  await promisify(execFile)("git", ["init", "--quiet", folders.repository]);
  base = await freeRange(12);
  router = await startRouterProcess(
    [
      "--hostname=127.0.0.1",
      "--username=alice",
      `--scan-start=${base}`,
      `--scan-end=${base + 11}`,
      "--scan-interval=1s",
      "--probe-timeout=10s",
      "--mdns=false",
      `--opencode-command=${program}`,
      ...Object.values(folders),
    ],
    home.env,
  );
  await vi.waitFor(async () => expect(await backends()).toHaveLength(4), {
    timeout: patienceMs,
    interval: 500,
  });
  stream = openEvents(new URL("/archer/global/event", router.origin));
});

afterAll(async () => {
  stream?.close();
  await router?.stop();
  await home?.remove();
});

let stream: OpencodeEvents | undefined;

async function newPage(extraHTTPHeaders: Record<string, string> = {}): Promise<Page> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  return browser.newPage({ extraHTTPHeaders });
}

test("real servers are found by the folders they serve: a repository, one inside it, one without git, one named api", async () => {
  const found = await backends();
  const api = found.find((item) => item.project_path === folders.api);
  expect(Object.fromEntries(found.map(({ slug, project_path }) => [slug, project_path]))).toEqual({
    archer: folders.repository,
    web: folders.inside,
    "my-notes": folders.plain,
    [`api-${api?.port}`]: folders.api,
  });
  for (const item of found) expect(item.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(await json("/api/health")).toEqual({ healthy: true, username: "alice", backends: 4 });
});

test("the banner says where everything is", () => {
  const lines = Object.fromEntries(
    [...router.output().matchAll(/^(\w+) +(.+)$/gm)].map(([, name = "", value]) => [name, value]),
  );
  const at = `http://localhost:${router.port}`;
  expect(lines).toMatchObject({
    Dashboard: `${at}/`,
    Network: "127.0.0.1 only",
    API: `${at}/api/backends`,
    User: "alice",
    Domains: `http://{slug}-alice.local:${router.port}/`,
    Paths: `${at}/{slug}/`,
    mDNS: "off",
    Managed: "4 project folders",
  });
});

test("a session is created and read through the address that resolve gives", async () => {
  const { url, project_path } = await json<BackendItem>("/api/resolve?name=ARCHER");
  const created = await fetch(`${url}session?directory=${encodeURIComponent(project_path)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const session = (await created.json()) as { id: string; directory: string };
  expect(session.directory).toBe(folders.repository);
  const read = await fetch(`${url}session/${session.id}`);
  expect(await read.json()).toMatchObject({ id: session.id });
});

test("a project is reached by its host name", async () => {
  const body = await new Promise<string>((resolve, reject) => {
    const headers = { host: `my-notes-alice.local:${router.port}` };
    const req = request({ host: "127.0.0.1", port: router.port, path: "/path", headers }, (res) => {
      let text = "";
      res.on("data", (chunk: Buffer) => (text += chunk.toString()));
      res.on("end", () => resolve(text));
    });
    req.on("error", reject).end();
  });
  expect(JSON.parse(body)).toMatchObject({ directory: folders.plain });
});

test("events of a real server arrive through the router at once", async () => {
  await vi.waitFor(() => expect(stream?.events.map(({ type }) => type)).toContain("server.connected"));
});

test("a terminal of a real server is used over a WebSocket through the router", async () => {
  const query = `?directory=${encodeURIComponent(folders.repository)}`;
  const made = await fetch(`${router.origin}/archer/pty${query}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: "/bin/cat" }),
  });
  const { id } = (await made.json()) as { id: string };
  const socket = new WebSocket(`ws://127.0.0.1:${router.port}/archer/pty/${id}/connect${query}`);
  let heard = "";
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") heard += data;
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  socket.send("through the router\n");
  await vi.waitFor(() => expect(heard).toContain("through the router\r\nthrough the router\r\n"));
  socket.close();
  await closed;
});

test("a server with a password is reported, and found by a router that has the password", async () => {
  const folder = await home.folder("secret");
  const port = base + 10;
  const server = spawn(program, ["serve", "--port", String(port)], {
    cwd: folder,
    env: { ...home.env, OPENCODE_SERVER_PASSWORD: PASSWORD },
    stdio: "ignore",
  });
  onTestFinished(async () => void (await stopProcess(server)));
  await vi.waitFor(async () => expect(await json("/api/needs-password")).toMatchObject([{ port }]), {
    timeout: patienceMs,
    interval: 500,
  });
  expect((await backends()).some((item) => item.port === port)).toBe(false);

  const informed = await startRouterProcess(
    [
      "--hostname=127.0.0.1",
      `--scan-start=${port}`,
      `--scan-end=${port}`,
      "--probe-timeout=10s",
      "--mdns=false",
    ],
    { ...home.env, OPENCODE_SERVER_PASSWORD: PASSWORD },
  );
  onTestFinished(async () => void (await informed.stop()));
  await vi.waitFor(async () => expect(await backends(informed)).toMatchObject([{ slug: "secret" }]), {
    timeout: patienceMs,
    interval: 500,
  });
  const locked = await fetch(`${informed.origin}/secret/session`);
  expect(locked.status).toBe(401);
  const opened = await fetch(`${informed.origin}/secret/session`, {
    headers: { authorization: `Basic ${btoa(`opencode:${PASSWORD}`)}` },
  });
  expect(opened.status).toBe(200);
  expect(router.output() + informed.output()).not.toContain(PASSWORD);
});

test("oc leaves a folder that is served alone", async () => {
  const oc = join(import.meta.dirname, "../apps/opencode-router/bin/oc.ts");
  const env = { ...home.env, OPENCODE_COMMAND: program };
  const { stdout } = await promisify(execFile)(process.execPath, [oc, folders.plain], { env });
  expect(stdout).toBe(`[skip] ${folders.plain}: it has a running server\n`);
});

test("the dashboard in a browser follows a server that comes, without a reload", async () => {
  const page = await newPage();
  const faults = watchFaults(page);
  await page.goto(router.origin);
  await page.getByText("live", { exact: true }).waitFor();
  await page.evaluate(() => document.body.setAttribute("data-same", "page"));
  for (const width of [1280, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOn(page)).toEqual([]);
    expect(await page.locator(".scroll").evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  }
  const archer = page.getByRole("link", { name: "/archer/", exact: true });
  await archer.focus();
  const loadedAt = await page.locator("main > p time").textContent();
  await vi.waitFor(async () => expect(await page.locator("main > p time").textContent()).not.toBe(loadedAt), {
    timeout: patienceMs,
  });
  expect(await archer.evaluate((element) => element === document.activeElement)).toBe(true);
  const server = spawn(program, ["serve", "--port", String(base + 11)], {
    cwd: await home.folder("Latecomer"),
    env: home.env,
    stdio: "ignore",
  });
  onTestFinished(async () => void (await stopProcess(server)));
  const link = page.getByRole("link", { name: "/latecomer/", exact: true });
  await link.waitFor({ timeout: patienceMs });
  expect(await link.getAttribute("href")).toBe("/latecomer/");
  expect(await archer.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await page.locator("body").getAttribute("data-same")).toBe("page");
  expect(faults.consoleErrors).toEqual([]);
});

test("a browser from outside signs in with the token that the router printed", async () => {
  const empty = await startRouterProcess(
    ["--hostname=127.0.0.1", `--scan-start=${base + 9}`, `--scan-end=${base + 9}`, "--mdns=false"],
    home.env,
  );
  onTestFinished(async () => void (await empty.stop()));
  const token = /^Token +(\S+)/m.exec(empty.output())?.[1] ?? "";
  const page = await newPage({ "x-forwarded-for": "203.0.113.7" });
  await page.goto(empty.origin);
  expect(await violationsOn(page)).toEqual([]);
  await page.getByLabel("Token").fill("not the token");
  await page.getByRole("button").click();
  await page.getByText("That is not the token").waitFor();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button").click();
  await page.getByText("No OpenCode server is running").waitFor();
  expect(await violationsOn(page)).toEqual([]);
  expect(page.url()).toBe(`${empty.origin}/`);
});

test("when the router stops, so do its servers", async () => {
  const ports = (await backends()).map(({ port }) => port);
  stream?.close();
  expect(await router.stop()).toBe(0);
  for (const port of ports)
    await expect(fetch(`http://127.0.0.1:${port}/global/health`)).rejects.toThrow("fetch failed");
});
