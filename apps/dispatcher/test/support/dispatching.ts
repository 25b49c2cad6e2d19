import { setTimeout as delay } from "node:timers/promises";

import { onTestFinished } from "vitest";

import { createDispatcher } from "../../src/dispatcher.ts";
import type { DispatchEvent, Dispatcher, DispatcherOptions } from "../../src/dispatcher.ts";
import { createFolderSource } from "../../src/folder-source.ts";
import { openLedger } from "../../src/ledger.ts";
import type { Ledger } from "../../src/ledger.ts";
import { createOpenCode } from "../../src/opencode.ts";
import { temporaryFolder } from "./folders.ts";

export interface TestDispatcher extends Pick<Dispatcher, "idle"> {
  readonly tasks: string;
  readonly ledger: Ledger;
  readonly events: readonly DispatchEvent[];
  /** One poll. What it begins goes on. */
  start(): Promise<boolean>;
  /** One poll, and everything that it begins. */
  run(): Promise<void>;
}

/** Times that are short enough to wait for. A quiet stream is looked at this often, in milliseconds. */
const RECHECK_MS = 40;

/** A dispatcher over a task folder and a ledger of its own, for this test. */
export async function startDispatcher(
  router: string,
  overrides: Partial<DispatcherOptions> = {},
): Promise<TestDispatcher> {
  const tasks = await temporaryFolder();
  const ledger = openLedger(await temporaryFolder());
  const events: DispatchEvent[] = [];
  const stopping = new AbortController();
  const dispatcher = createDispatcher({
    source: createFolderSource({ folder: tasks, tag: "autocode", now: Date.now }),
    opencode: createOpenCode({ router, routerToken: undefined, credentials: undefined, timeoutMs: 5_000 }),
    ledger,
    model: undefined,
    concurrency: 3,
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    leaseMs: 60_000,
    runTimeoutMs: 60_000,
    recheckMs: RECHECK_MS,
    silentMs: 60_000,
    redact: (text) => text,
    onEvent: (event) => void events.push(event),
    ...overrides,
  });
  onTestFinished(async () => {
    stopping.abort();
    await dispatcher.idle();
    ledger.close();
  });
  return {
    idle: () => dispatcher.idle(),
    tasks,
    ledger,
    events,
    start: () => dispatcher.poll(stopping.signal),
    async run() {
      await dispatcher.poll(stopping.signal);
      await dispatcher.idle();
    },
  };
}
