/** One subject, one page, one stream, seen from outside through the DevTools protocol. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Browser, CDPSession, Page } from "playwright";

import type { StreamSeen } from "./pages/harness.ts";
import type { Site, Subject } from "./site.ts";

/** What one stream cost. Times are CPU time of the page's main thread unless they say otherwise. */
export interface Measured extends StreamSeen {
  readonly scriptMs: number;
  readonly taskMs: number;
  readonly mountMs: number;
  readonly nodesMounted: number;
  readonly nodesAfter: number;
  readonly heapMb: number;
}

/** How a stream is set up. */
export interface Setup {
  readonly messages: number;
  readonly deltas: number;
  /** Counts renders instead of time: a devtools hook walks the tree at every commit. */
  readonly countsRenders?: boolean;
  /** Counts frames instead of time: the page asks for each one. */
  readonly countsFrames?: boolean;
}

/** Of a quarter of a second. The gateway's clock ticks in its worker all the time. */
const AT_REST_S = 0.03;

const WINDOW = { width: 1_280, height: 800 };

async function open(browser: Browser, site: Site, subject: Subject, hook: boolean): Promise<Page> {
  const page = await browser.newPage({ viewport: WINDOW });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  if (hook)
    await page.addInitScript(() => {
      const nothing = () => undefined;
      const hook = { supportsFiber: true, inject: () => 1, checkDCE: nothing, onCommitFiberRoot: nothing };
      Object.assign(globalThis, {
        __REACT_DEVTOOLS_GLOBAL_HOOK__: { ...hook, onCommitFiberUnmount: nothing },
      });
    });
  await page.goto(`${site.origin}/${subject}`);
  try {
    await page.waitForFunction(() => "bench" in window, undefined, { timeout: 20_000 });
  } catch (cause) {
    throw new Error(`the page of ${subject} did not start: ${problems.join("; ")}`, { cause });
  }
  return page;
}

async function metrics(session: CDPSession): Promise<(name: string) => number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return (name) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
}

async function heapMegabytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1_048_576;
}

/** Mounts a thread, streams an answer into it and closes the page. */
export async function measure(
  browser: Browser,
  site: Site,
  subject: Subject,
  { messages, deltas, countsRenders = false, countsFrames = false }: Setup,
): Promise<Measured> {
  const page = await open(browser, site, subject, countsRenders);
  try {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.evaluate(([length, count]) => window.bench.prepare(length, count), [
      messages,
      deltas,
    ] as const);
    const mountMs = await page.evaluate(() => window.bench.mount());
    await page.waitForTimeout(700);
    const nodesMounted = await page.evaluate(() => window.bench.domNodes());
    await session.send("HeapProfiler.collectGarbage");
    const before = await metrics(session);
    const seen = await page.evaluate(([count, frames]) => window.bench.stream(count, frames), [
      deltas,
      countsFrames,
    ] as const);
    const after = await metrics(session);
    const spent = (name: string) => (after(name) - before(name)) * 1_000;
    return {
      ...seen,
      scriptMs: spent("ScriptDuration"),
      taskMs: spent("TaskDuration"),
      mountMs,
      nodesMounted,
      nodesAfter: await page.evaluate(() => window.bench.domNodes()),
      heapMb: await heapMegabytes(session),
    };
  } finally {
    await page.close();
  }
}

/** Processor time that the browser's processes took in a quarter of a second; one that ended counts for nothing. */
async function loadOf(session: CDPSession): Promise<number> {
  const look = async () => (await session.send("SystemInfo.getProcessInfo")).processInfo;
  const before = new Map((await look()).map(({ id, cpuTime }) => [id, cpuTime]));
  await sleep(250);
  return (await look()).reduce((sum, { id, cpuTime }) => sum + cpuTime - (before.get(id) ?? 0), 0);
}

/**
 * A new window loads pages of the browser's own, among them the list under its address bar: a third of a second of
 * processor time, while the page waits for its turn. Whoever opens a chat has had the window before.
 */
async function windowLoaded(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  try {
    for (let looks = 0; looks < 40; looks += 1) if ((await loadOf(session)) < AT_REST_S) return;
  } finally {
    await session.detach();
  }
  throw new Error("The browser did not come to rest within 10 s. End what else keeps the machine busy.");
}

/**
 * From the arrival of the history's frame in the page until its newest message was painted. Nothing of the chat has run
 * before, and its gateway answers at once.
 */
export async function historyPainted(
  browser: Browser,
  site: Site,
  messages: number,
): Promise<{ ms: number; frames: number }> {
  const page = await open(browser, site, "ours", false);
  try {
    await windowLoaded(browser);
    return await page.evaluate((length) => window.historyPainted(length), messages);
  } finally {
    await page.close();
  }
}
