import { chromium, type Browser, type Page } from "playwright";

import { headlessChromiumPath } from "../../scripts/requirements.ts";
import { patienceMs } from "../../scripts/test-patience.ts";

/**
 * Chromium without anything that looks up addresses of its own, and as patient as the tests are.
 *
 * @param more Arguments for the program.
 */
export async function launchChromium(...more: readonly string[]): Promise<Browser> {
  const executablePath = headlessChromiumPath();
  if (!executablePath) throw new Error("No Chromium: install one, or set CHROMIUM_PATH.");
  const browser = await chromium.launch({
    executablePath,
    timeout: patienceMs,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
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
    // The page gave up a socket that took too long to open, or was left meanwhile.
    if (message.text().includes("WebSocket is closed before the connection is established")) return;
    if (message.type() === "error") faults.consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => faults.consoleErrors.push(String(error)));
  page.on("requestfailed", (request) => {
    // A page that is left gives up what it was still asking for.
    if (request.failure()?.errorText === "net::ERR_ABORTED") return;
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
