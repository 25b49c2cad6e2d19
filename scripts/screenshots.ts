// Takes the README's pictures from the catalogue: npm run build:storybook, then
// node scripts/run.mjs scripts/screenshots.ts
import { existsSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium } from "playwright";
import { chromiumPath } from "./requirements.ts";

const root = join(import.meta.dirname, "..");
const catalogue = join(root, "storybook-static");
const target = join(root, "docs", "screenshots");

interface Shot {
  readonly file: string;
  readonly story: string;
  readonly globals?: string;
  /** What is there when the story has been played. */
  readonly until: string;
  readonly width: number;
  readonly height: number;
}

const WIDE = { width: 860, height: 640 };

const SHOTS: readonly Shot[] = [
  {
    file: "chat-light.png",
    story: "chat-automnachat--conversation",
    until: "Close the spreadsheet first",
    globals: "theme:light",
    ...WIDE,
  },
  {
    file: "chat-dark.png",
    story: "chat-automnachat--conversation",
    until: "Close the spreadsheet first",
    globals: "theme:dark",
    ...WIDE,
  },
  {
    file: "chat-phone.png",
    story: "chat-automnachat--conversation",
    until: "Close the spreadsheet first",
    width: 390,
    height: 780,
  },
  {
    file: "chat-arabic.png",
    story: "chat-automnachat--arabic",
    until: "rsync -a",
    globals: "theme:light;language:ar",
    ...WIDE,
  },
  {
    file: "approval.png",
    story: "chat-approvals--asks",
    until: "last night's file back.",
    globals: "theme:light",
    ...WIDE,
  },
  {
    file: "offline-outbox.png",
    story: "chat-connection--offline-with-outbox",
    until: "And send me a list of what changed.",
    globals: "theme:dark",
    ...WIDE,
  },
];

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
  readFile(join(catalogue, path)).then(
    (bytes) => response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "" }).end(bytes),
    () => response.writeHead(404).end(),
  );
});

async function take(browser: Browser, port: number, { file, story, globals, until, width, height }: Shot) {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: "reduce" });
  const parameters = new URLSearchParams({ id: story, viewMode: "story", ...(globals && { globals }) });
  await page.goto(`http://localhost:${port}/iframe.html?${parameters.toString()}`);
  await page.getByRole("log").getByText(until).waitFor();
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(target, file), animations: "disabled" });
  await page.close();
}

if (!existsSync(catalogue)) {
  console.error("There is no storybook-static/. Run npm run build:storybook first.");
  process.exit(2);
}
mkdirSync(target, { recursive: true });
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const address = server.address();
const port = typeof address === "object" && address !== null ? address.port : 0;
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
try {
  for (const shot of SHOTS) await take(browser, port, shot);
} finally {
  await browser.close();
  server.close();
}
