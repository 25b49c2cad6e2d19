// Takes the pictures of docs/screenshots from the catalogue, each main state in each look: npm run build:storybook, then
// node scripts/run.mjs scripts/screenshots.ts
import { existsSync, mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { chromiumPath } from "./requirements.ts";

const root = join(import.meta.dirname, "..");
const catalogue = join(root, "storybook-static");
const target = join(root, "docs", "screenshots");

interface State {
  readonly name: string;
  readonly story: string;
  /** What is there when the story has been played. */
  readonly until: string;
  readonly language?: string;
}

interface Look {
  readonly name: string;
  readonly theme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}

interface Shot extends State {
  readonly look: Look;
}

const LIGHT: Look = { name: "light", theme: "light", width: 860, height: 640 };
const LOOKS: readonly Look[] = [
  LIGHT,
  { ...LIGHT, name: "dark", theme: "dark" },
  { name: "phone", theme: "light", width: 390, height: 780 },
];

/** Shorter than the second after which a countdown tells another number. */
const STILL_MS = 400;

const STATES: readonly State[] = [
  { name: "chat", story: "chat-automnachat--conversation", until: "Close the spreadsheet first" },
  { name: "empty", story: "chat-automnachat--empty", until: "What can I do for you?" },
  { name: "tools", story: "chat-replies--tool-done", until: "ferry: no" },
  { name: "approval", story: "chat-approvals--asks", until: "last night's file back." },
  { name: "sessions", story: "chat-sessions--list", until: "Backups" },
  { name: "pairing", story: "chat-connection--waits-for-pairing", until: "openclaw devices approve" },
  {
    name: "offline",
    story: "chat-connection--offline-with-outbox",
    until: "And send me a list of what changed.",
  },
];

const SHOTS: readonly Shot[] = [
  ...STATES.flatMap((state) => LOOKS.map((look) => ({ ...state, look }))),
  { name: "arabic", story: "chat-automnachat--arabic", until: "rsync -a", language: "ar", look: LIGHT },
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

async function take(browser: Browser, port: number, { name, story, until, language, look }: Shot) {
  const { theme, width, height } = look;
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: "reduce" });
  const globals = `theme:${theme}${language ? `;language:${language}` : ""}`;
  const parameters = new URLSearchParams({ id: story, viewMode: "story", globals });
  await page.goto(`http://localhost:${port}/iframe.html?${parameters.toString()}`);
  await page.getByText(until).first().waitFor();
  await page.waitForLoadState("networkidle");
  await writeFile(join(target, `${name}-${look.name}.png`), await atRest(page));
  await page.close();
}

/** The picture, once two in a row are the same: a story that is still played moves. */
async function atRest(page: Page): Promise<Buffer> {
  const take = () => page.screenshot({ animations: "disabled" });
  for (let before = await take(); ;) {
    await page.waitForTimeout(STILL_MS);
    const now = await take();
    if (now.equals(before)) return now;
    before = now;
  }
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
