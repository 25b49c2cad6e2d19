import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFakeGateway, type FakeGateway, say } from "../packages/testing/src/index.ts";
import { type FakeGatewayServer, startFakeGatewayServer } from "../packages/testing/src/ws.ts";
import { buildPackages } from "../scripts/build-packages.ts";
import { packPackages } from "../scripts/pack-packages.ts";
import type { RegistryItem } from "../scripts/shadcn-registry.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { createFreshApp } from "./support/fresh-app.ts";

const TOKEN = "token-of-the-fresh-apps";
const REPLY = "Hello from the **gateway**.";
const SOON = { timeout: patienceMs };

let browser: Browser;
let tarballFolder: string;
let tarballs: ReadonlyMap<string, string>;
let gateway: FakeGateway;
let server: FakeGatewayServer;

beforeAll(async () => {
  tarballFolder = mkdtempSync(join(tmpdir(), "automna-tarballs-"));
  await buildPackages();
  tarballs = packPackages(tarballFolder);
  gateway = createFakeGateway({ auth: { mode: "token", token: TOKEN }, model: () => say(REPLY) });
  [browser, server] = await Promise.all([launchChromium(), startFakeGatewayServer(gateway)]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  gateway?.close();
  rmSync(tarballFolder, { recursive: true, force: true });
});

function packagesFor(...names: string[]): ReadonlyMap<string, string> {
  return new Map([...tarballs].filter(([name]) => names.includes(name)));
}

const forBrowsers = () => packagesFor("@automna/protocol", "@automna/client", "@automna/react");

/** Opens the app, sends a message, and expects the reply, the package's own styles and a silent console. */
async function expectChat(origin: string): Promise<void> {
  const page = await browser.newPage();
  const faults = watchFaults(page);
  await page.goto(origin);
  const composer = page.getByRole("textbox", { name: "Message" });
  await composer.fill(`Hello from ${origin}`);
  await composer.press("Enter");
  await page.getByText("Hello from the gateway.").first().waitFor(SOON);
  expect(await page.locator("strong", { hasText: "gateway" }).first().isVisible()).toBe(true);
  const chat = page.getByRole("region", { name: "Chat" });
  expect(await chat.evaluate((element) => getComputedStyle(element).display)).toMatch(/flex|grid/);
  expect({ errors: faults.consoleErrors, requests: faults.failedRequests }).toEqual({
    errors: [],
    requests: [],
  });
  await page.close();
}

test("a fresh Node program chats through the packed client and tests itself with the packed fake gateway", async () => {
  await using app = await createFreshApp(
    "node",
    packagesFor("@automna/protocol", "@automna/client", "@automna/testing"),
  );
  expect(await app.run(process.execPath, ["--test"])).toContain("pass 1");
});

/** What `npx shadcn add` does with the registry item of the package, and an app that uses the copy. */
function copyParts(folder: string): void {
  const packed = join(folder, "node_modules/@automna/react/dist/registry/automna-chat.json");
  const item = JSON.parse(readFileSync(packed, "utf8")) as RegistryItem;
  for (const { target, content } of item.files) {
    mkdirSync(dirname(join(folder, "src", target)), { recursive: true });
    writeFileSync(join(folder, "src", target), content);
  }
  const main = join(folder, "src/main.tsx");
  const changed = readFileSync(main, "utf8")
    .replace('"@automna/react/styles.css"', '"./components/automna/styles.css"')
    .replace('"@automna/react"', '"./components/automna/parts/automna-chat"');
  writeFileSync(main, changed);
}

test("a fresh Vite app with React 18.3 compiles, builds and chats, with the package and with copied parts", async () => {
  const env = { VITE_GATEWAY_URL: server.url, VITE_GATEWAY_TOKEN: TOKEN };
  await using app = await createFreshApp("vite", forBrowsers());
  await app.run("tsc", ["-p", "."]);
  await app.run("vite", ["build"], env);
  await expectChat(await app.serve("vite", ["preview", "--host", "127.0.0.1", "--port", "0"], env));

  copyParts(app.folder);
  await app.run("tsc", ["-p", "."]);
  await app.run("vite", ["build"], env);
  await expectChat(await app.serve("vite", ["preview", "--host", "127.0.0.1", "--port", "0"], env));
});

test("a fresh Next app renders the packed chat from a server component, builds and chats", async () => {
  const env = { GATEWAY_URL: server.url, GATEWAY_TOKEN: TOKEN };
  await using app = await createFreshApp("next", forBrowsers());
  await app.run("next", ["build"], { NODE_ENV: "production" });
  await expectChat(
    await app.serve("next", ["start", "-H", "127.0.0.1", "-p", "0"], { ...env, NODE_ENV: "production" }),
  );
});
