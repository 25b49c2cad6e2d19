import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Frame, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { startVncMachine, type VncMachine } from "./support/vnc-machine.ts";

/** The first page of a server that has just started, on a machine with other things to do. */
const AFTER_A_START = { timeout: patienceMs };

let browser: Browser;
let app: App;
let machine: VncMachine;
let folder: string;

/** Writes the file of machines as whoever makes them would: whole, or not at all. */
async function assign(target: string | null): Promise<void> {
  const file = join(folder, "sessions.json");
  const own = { id: "claude-1", owner: "local", provider: "claude-code", label: "My machine", target };
  const foreign = { id: "foreign-1", owner: "user_other", target };
  await writeFile(`${file}.new`, JSON.stringify([own, foreign]));
  await rename(`${file}.new`, file);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-remote-"));
  await assign(null);
  browser = await launchChromium();
  machine = await startVncMachine();
  const env = { REMOTE_SESSIONS: join(folder, "sessions.json"), LOG_LEVEL: "info" };
  app = await startApp({ gateway: "demo", env });
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The viewer's frame, once it has been loaded. */
async function viewerOf(page: Page): Promise<Frame> {
  const element = await page.waitForSelector('iframe[title="Screen of My machine"]', { state: "attached" });
  const frame = await element.contentFrame();
  if (!frame) throw new Error("The screen's frame has no document.");
  return frame;
}

/** Waits until a pixel far from text and pointer has this colour. */
async function untilScreenIs(frame: Frame, colour: readonly [number, number, number]): Promise<void> {
  const pixel = () =>
    frame.evaluate(() => {
      const canvas = document.querySelector("canvas");
      const context = canvas?.getContext("2d");
      if (!canvas || !context) return [];
      const { data } = context.getImageData(canvas.width * 0.75, canvas.height * 0.75, 1, 1);
      return Array.from(data.slice(0, 3));
    });
  await expect.poll(pixel, { timeout: patienceMs }).toEqual(colour);
}

test("a person waits for a machine, sees its screen, works on it, loses it and has it back", async () => {
  const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
  const faults = watchFaults(page);
  await page.goto(`${app.origin}/dashboard/remote-cli`);
  await page.getByRole("button", { name: "Connect Provider" }).click(AFTER_A_START);
  expect(await violationsOn(page)).toEqual([]);
  await page.getByRole("button", { name: "Claude Code" }).click();
  const current = page.locator('li[data-status="current"]');
  await current.filter({ hasText: "Making the machine" }).waitFor();
  await page.getByText("A new machine usually takes 15 to 30 seconds.").waitFor();
  await current.filter({ hasText: /\ds/ }).waitFor();
  expect(await violationsOn(page)).toEqual([]);

  await assign(machine.target);
  await page.getByText("My machine is connected").waitFor({ timeout: patienceMs });
  const frame = await viewerOf(page);
  await untilScreenIs(frame, [0x0a, 0x3d, 0x62]);

  // What is typed runs on the machine, and what it draws comes back.
  await frame.locator("canvas").click();
  await page.keyboard.type(String.raw`printf '\033[48;2;200;30;90m\033[2J'; touch typed`);
  await page.keyboard.press("Enter");
  await untilScreenIs(frame, [200, 30, 90]);
  await expect.poll(() => existsSync(join(machine.folder, "typed"))).toBe(true);
  expect(faults.consoleErrors).toEqual([]);
  expect(await violationsOn(page)).toEqual([]);

  // A machine that is lost is waited for, and shown again by itself.
  await machine.stopWebsockify();
  await page.getByRole("heading", { name: "Reconnecting to My machine" }).waitFor();
  await current.filter({ hasText: "Starting the machine" }).waitFor();
  await machine.startWebsockify();
  await page.getByText("My machine is connected").waitFor({ timeout: patienceMs });
  await untilScreenIs(await viewerOf(page), [200, 30, 90]);

  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Connect Provider" }).waitFor();
  const order = [
    "upgrade received",
    "proxying WebSocket",
    "connection opened to backend",
    "connection closed",
  ];
  await expect.poll(() => linesOf(app)).toEqual([...order, ...order]);
  await page.close();
});

function linesOf({ output }: App): string[] {
  return [...output().matchAll(/"msg":"remote session: ([^"]+)"/g)]
    .map(([, message = ""]) => message)
    .filter((message) => message !== "socket error");
}

test("a machine that wants a password asks for it, again after a wrong one, and shows its screen after the right one", async () => {
  await using guarded = await startVncMachine("opensesa");
  await assign(guarded.target);
  const page = await browser.newPage();
  await page.goto(`${app.origin}/dashboard/remote-cli`);
  await page.getByRole("button", { name: "Connect Provider" }).click();
  await page.getByRole("button", { name: "Claude Code" }).click();
  const wanted = page.getByLabel("This screen asks for its password:");
  await wanted.waitFor({ timeout: patienceMs });
  expect(await violationsOn(page)).toEqual([]);
  await wanted.fill("openwide");
  await page.getByRole("button", { name: "Continue" }).click();
  const again = page.getByLabel("That was not the password of this screen. Try again:");
  await again.waitFor({ timeout: patienceMs });
  await again.fill("opensesa");
  await page.getByRole("button", { name: "Continue" }).click();
  await untilScreenIs(await viewerOf(page), [0x0a, 0x3d, 0x62]);
  await expect.poll(() => again.count()).toBe(0);
  for (const password of ["openwide", "opensesa"]) expect(app.output()).not.toContain(password);
  await page.close();
});

test("the frame with a machine's screen has no part in the app", async () => {
  await assign(machine.target);
  const page = await browser.newPage();
  await page.goto(`${app.origin}/dashboard/remote-cli`);
  await page.getByRole("button", { name: "Connect Provider" }).click();
  await page.getByRole("button", { name: "Claude Code" }).click();
  await page.getByText("My machine is connected").waitFor({ timeout: patienceMs });
  const seen = await (
    await viewerOf(page)
  ).evaluate(async () => {
    const attempt = async (work: () => unknown) => {
      try {
        return String(await work());
      } catch (error) {
        return error instanceof Error ? error.name : "refused";
      }
    };
    return {
      origin: self.origin,
      cookie: await attempt(() => document.cookie),
      storage: await attempt(() => localStorage.length),
      page: await attempt(() => window.parent.document.title),
      api: await attempt(() => fetch("/api/user/gateway")),
      socket: await attempt(() => {
        const socket = new WebSocket(location.href.replace(/^http/, "ws") + "/websock");
        return new Promise((resolve) => {
          socket.addEventListener("open", () => resolve("open"));
          socket.addEventListener("error", () => resolve("refused"));
        });
      }),
    };
  });
  expect(seen).toEqual({
    origin: "null",
    cookie: "SecurityError",
    storage: "SecurityError",
    page: "SecurityError",
    api: "TypeError",
    socket: "refused",
  });
  await page.close();
});

test("opened by itself, the viewer says where it belongs; a machine of somebody else is not found", async () => {
  const page = await browser.newPage();
  await page.goto(`${app.origin}/api/auth/session/claude-1/novnc`);
  await page.getByText("Open that instead").waitFor();
  const answer = await page.goto(`${app.origin}/api/auth/session/foreign-1/novnc`);
  expect(answer?.status()).toBe(404);
  await page.close();
});
