import { createServer } from "node:http";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright";

import { headlessChromiumPath } from "../../../../scripts/requirements.ts";
import { patienceMs } from "../../../../scripts/test-patience.ts";
import { bundleChatPage } from "./bundle-page.ts";
import type { ChatPageOptions } from "./page.tsx";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chat</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="page.css">
<style>html,body,main{block-size:100%;margin:0}</style></head>
<body><main></main><script type="module" src="page.js"></script></body></html>`;

/** The chat page on loopback, and a browser to open it. */
export interface ChatSite {
  /** Opens the page; what goes wrong in it by itself is added to `problems`. */
  open(options: ChatPageOptions, context?: BrowserContextOptions): Promise<Page>;
  readonly problems: string[];
  close(): Promise<void>;
}

export async function startChatSite(): Promise<ChatSite> {
  const files = await bundleChatPage();
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const file = name === "" ? PAGE : files.get(name);
    const type = name.endsWith(".js") ? "text/javascript" : name.endsWith(".css") ? "text/css" : "text/html";
    response.writeHead(file === undefined ? 404 : 200, { "content-type": type }).end(file ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = typeof address === "object" && address ? `http://127.0.0.1:${address.port}/` : "";
  const browser: Browser = await chromium.launch({
    executablePath: headlessChromiumPath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    timeout: patienceMs,
  });
  const problems: string[] = [];
  return {
    problems,
    async open(options, context) {
      const page = await browser.newPage(context);
      page.setDefaultTimeout(patienceMs);
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (entry) => {
        // Containers of other tests come and go, and with them the machine's networks.
        if (entry.type() === "error" && !entry.text().includes("ERR_NETWORK_CHANGED"))
          problems.push(entry.text());
      });
      await page.addInitScript((given) => {
        window.chatOptions = given;
      }, options);
      await page.goto(url);
      return page;
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
