import { setTimeout as delay } from "node:timers/promises";

import { untilToldToStop } from "@automna/cli";

import { createCallBudget } from "./call-budget.ts";
import { readInvocation, secretsOf } from "./config.ts";
import type { DispatcherConfig } from "./config.ts";
import { createDispatcher } from "./dispatcher.ts";
import { eventLine, messageOf } from "./event-line.ts";
import { createFolderSource } from "./folder-source.ts";
import { LedgerError, openLedger } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { createOpenCode } from "./opencode.ts";
import type { TaskSource } from "./task-source.ts";
import { TICKTICK_LIMITS, createTickTickApi } from "./ticktick-api.ts";
import { createTickTickSource } from "./ticktick-source.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const REQUEST_TIMEOUT_MS = 30_000;
const RECHECK_MS = 15_000;
const SILENT_MS = 60_000;

const sleep = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal });

/** Runs the program until it is told to stop, or once. Resolves with the exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  terminal: Terminal,
): Promise<number> {
  const invocation = readInvocation(args, env, home);
  if (invocation.kind === "help") {
    terminal.out(invocation.text);
    return 0;
  }
  if (invocation.kind === "invalid") {
    for (const problem of invocation.problems) terminal.err(`automna-dispatch: ${problem}\n`);
    return 1;
  }
  try {
    const ledger = openLedger(invocation.config.state);
    return await run(invocation.config, ledger, terminal).finally(() => ledger.close());
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    terminal.err(`automna-dispatch: ${messageOf(error)}\n`);
    return 1;
  }
}

async function run(config: DispatcherConfig, ledger: Ledger, terminal: Terminal): Promise<number> {
  const redact = createRedactor(secretsOf(config));
  const say = (text: string): void => terminal.out(redact(`${new Date().toISOString()} ${text}\n`));
  const stopping = new AbortController();
  void untilToldToStop(process).then(() => stopping.abort());
  const dispatcher = createDispatcher({
    source: createSource(config, ledger),
    opencode: createOpenCode({ ...config, timeoutMs: REQUEST_TIMEOUT_MS }),
    ledger,
    model: config.model,
    concurrency: config.concurrency,
    now: Date.now,
    sleep,
    leaseMs: config.leaseMs,
    runTimeoutMs: config.runTimeoutMs,
    recheckMs: Math.min(RECHECK_MS, config.leaseMs / 2),
    silentMs: SILENT_MS,
    redact,
    onEvent: (event) => say(eventLine(event)),
  });
  say(banner(config));
  for (;;) {
    const polled = await dispatcher.poll(stopping.signal);
    if (config.once) {
      await dispatcher.idle();
      return polled || stopping.signal.aborted ? 0 : 1;
    }
    await sleep(config.pollIntervalMs, stopping.signal).catch(() => undefined);
    if (!stopping.signal.aborted) continue;
    say("Stopping. What is unfinished goes on at the next start.");
    await dispatcher.idle();
    return 0;
  }
}

function createSource({ source, tag }: DispatcherConfig, ledger: Ledger): TaskSource {
  if (source.kind === "folder") return createFolderSource({ folder: source.folder, tag, now: Date.now });
  const log = ledger.calls("ticktick");
  const budget = createCallBudget({ windows: TICKTICK_LIMITS, log, now: Date.now, sleep });
  return createTickTickSource(createTickTickApi({ ...source, budget, timeoutMs: REQUEST_TIMEOUT_MS }), tag);
}

function banner({ source, router, tag, pollIntervalMs, state }: DispatcherConfig): string {
  const from = source.kind === "folder" ? source.folder : source.origin;
  return `Tasks with the tag ${tag} from ${from}, every ${pollIntervalMs / 1_000} s, to ${router}. Ledger: ${state}`;
}

/** What a server says goes into comments and lines: our own secrets never do. */
function createRedactor(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
