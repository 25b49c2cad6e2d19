import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFakeGateway, type FakeGateway, say } from "../packages/testing/src/index.ts";
import { type FakeGatewayServer, startFakeGatewayServer } from "../packages/testing/src/ws.ts";
import { buildPackages } from "../scripts/build-packages.ts";
import { packPackages } from "../scripts/pack-packages.ts";
import { ROOT_REGISTRY } from "../scripts/shadcn-registry.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { serveFolder } from "./support/file-server.ts";
import { createFreshApp, type FreshApp } from "./support/fresh-app.ts";

const TOKEN = "token-of-the-fresh-apps";
const REPLY = "Hello from the **gateway**.";
const SOON = { timeout: patienceMs };

let browser: Browser;
let tarballFolder: string;
let tarballs: ReadonlyMap<string, string>;
let gateway: FakeGateway;
let server: FakeGatewayServer;
let shadcn: FreshApp;

beforeAll(async () => {
  tarballFolder = mkdtempSync(join(tmpdir(), "automna-tarballs-"));
  [shadcn] = await Promise.all([createFreshApp("shadcn", new Map()), buildPackages()]);
  tarballs = packPackages(tarballFolder);
  gateway = createFakeGateway({ auth: { mode: "token", token: TOKEN }, model: () => say(REPLY) });
  [browser, server] = await Promise.all([launchChromium(), startFakeGatewayServer(gateway)]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  gateway?.close();
  await shadcn?.[Symbol.asyncDispose]();
  rmSync(tarballFolder, { recursive: true, force: true });
});

function packagesFor(...names: string[]): ReadonlyMap<string, string> {
  return new Map([...tarballs].filter(([name]) => names.includes(name)));
}

const forBrowsers = () => packagesFor("@automna/protocol", "@automna/client", "@automna/react");

/**
 * Opens the app, sends a message, and expects the reply, the package's own styles and a silent console.
 *
 * @param look what else is to be seen while a message is written
 */
async function expectChat(
  origin: string,
  look: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const page = await browser.newPage();
  const faults = watchFaults(page);
  await page.goto(origin);
  const composer = page.getByRole("textbox", { name: "Message" });
  await composer.fill(`Hello from ${origin}`);
  await look(page);
  await composer.press("Enter");
  await page.getByText("Hello from the gateway.").first().waitFor(SOON);
  await page.locator("strong", { hasText: "gateway" }).first().waitFor(SOON);
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

/** Copies the parts into an app as `npx shadcn add` does, from a registry on the web, and lets the app use the copy. */
async function addParts(app: FreshApp): Promise<void> {
  await using registry = await serveFolder(join(app.folder, "node_modules/@automna/react/dist/registry"));
  const command = join(shadcn.folder, "node_modules/.bin/shadcn");
  await app.run(command, ["add", `${registry.origin}/automna-chat.json`, "--yes"]);
  const edit = (file: string, from: string, to: string) => {
    const path = join(app.folder, "src", file);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
  edit("index.css", "@automna/react/styles.css", "./components/automna/styles.css");
  edit("main.tsx", '"@automna/react"', '"./components/automna/parts/automna-chat"');
}

/** The app's Tailwind utilities win over the package's styles, and its tokens colour the chat. */
async function looksOfTailwind(page: Page): Promise<void> {
  const chat = page.getByRole("region", { name: "Chat" });
  expect(await chat.evaluate((element) => getComputedStyle(element).fontSize)).toBe("20px");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await expect
    .poll(() => send.evaluate((element) => getComputedStyle(element).backgroundColor))
    .toBe("rgb(15, 107, 92)");
}

const READS_REGISTRY = `
import { registryItemSchema, registrySchema } from "shadcn/schema";
import { readFileSync } from "node:fs";
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const [root, table, item] = process.argv.slice(-3).map(read);
registrySchema.parse(root);
registrySchema.parse(table);
console.log(registryItemSchema.parse(item).name, registrySchema.parse(root).items[0].name);
`;

test("shadcn's own schemas take the registry of the repository and of the package", async () => {
  const built = join(import.meta.dirname, "../packages/react/dist/registry");
  const files = [ROOT_REGISTRY, join(built, "registry.json"), join(built, "automna-chat.json")];
  const said = await shadcn.run(process.execPath, [
    "--input-type=module",
    "--eval",
    READS_REGISTRY,
    "--",
    ...files,
  ]);
  expect(said.trim()).toBe("automna-chat automna-chat");
});

test("a fresh Vite app with React 18.3 and Tailwind compiles, builds and chats, with the package and with the parts that shadcn copied", async () => {
  const env = { VITE_GATEWAY_URL: server.url, VITE_GATEWAY_TOKEN: TOKEN };
  await using app = await createFreshApp("vite", forBrowsers());
  await app.run("tsc", ["-p", "."]);
  await app.run("vite", ["build"], env);
  await expectChat(
    await app.serve("vite", ["preview", "--host", "127.0.0.1", "--port", "0"], env),
    looksOfTailwind,
  );

  await addParts(app);
  await app.run("tsc", ["-p", "."]);
  await app.run("vite", ["build"], env);
  await expectChat(
    await app.serve("vite", ["preview", "--host", "127.0.0.1", "--port", "0"], env),
    looksOfTailwind,
  );
});

test("a fresh Next app renders the packed chat from a server component, builds and chats", async () => {
  const env = { GATEWAY_URL: server.url, GATEWAY_TOKEN: TOKEN };
  await using app = await createFreshApp("next", forBrowsers());
  await app.run("next", ["build"], { NODE_ENV: "production" });
  await expectChat(
    await app.serve("next", ["start", "-H", "127.0.0.1", "-p", "0"], { ...env, NODE_ENV: "production" }),
  );
});
