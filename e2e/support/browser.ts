import { chromium, type Browser, type Page } from "playwright";

import { chromiumPath } from "../../scripts/requirements.ts";
import { patienceMs } from "../../scripts/test-patience.ts";

/** Chromium without anything that looks up addresses of its own, and as patient as the tests are. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error("No Chromium: install one, or set CHROMIUM_PATH.");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const newContext = browser.newContext.bind(browser);
  // `newPage` comes by here too.
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(patienceMs);
    return context;
  };
  return browser;
}

/** Everything that went wrong in a page by itself. */
export interface PageFaults {
  readonly consoleErrors: string[];
  readonly failedRequests: string[];
  /** Every WebSocket that the page opened, in order. */
  readonly sockets: { url: string; closed: boolean }[];
}

/** Starts noting a page's faults. Call before the first navigation. */
export function watchFaults(page: Page): PageFaults {
  const faults: PageFaults = { consoleErrors: [], failedRequests: [], sockets: [] };
  page.on("console", (message) => {
    if (message.type() === "error") faults.consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => faults.consoleErrors.push(String(error)));
  page.on("requestfailed", (request) => {
    faults.failedRequests.push(`${request.method()} ${request.url()} ${request.failure()?.errorText ?? ""}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.failedRequests.push(`${response.status()} ${response.url()}`);
  });
  page.on("websocket", (socket) => {
    const seen = { url: socket.url(), closed: false };
    faults.sockets.push(seen);
    socket.on("close", () => {
      seen.closed = true;
    });
  });
  return faults;
}
