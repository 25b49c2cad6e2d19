// A dispatcher that polls until nothing is unfinished, and that kills itself at one point of its work:
//   node dispatching-process.ts ROUTER FOLDER|TICKTICK STATE [METHOD#N before|after]
// It prints the points that it passed.
import { setTimeout as delay } from "node:timers/promises";

import { createDispatcher } from "../../src/dispatcher.ts";
import { createFolderSource } from "../../src/folder-source.ts";
import { openLedger } from "../../src/ledger.ts";
import { createOpenCode } from "../../src/opencode.ts";
import type { TaskSource } from "../../src/task-source.ts";
import { createTickTickApi } from "../../src/ticktick-api.ts";
import { createTickTickSource } from "../../src/ticktick-source.ts";
import { TOKEN } from "./ticktick-token.ts";

const [router = "", tasks = "", state = "", killAt, killWhen] = process.argv.slice(2);
const counts = new Map<string, number>();

function pass(point: string, when: "before" | "after"): void {
  if (point === killAt && when === killWhen) process.kill(process.pid, "SIGKILL");
}

/** The same object, whose methods are points where the process may end: just before, and just after. */
function withPoints<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name, receiver) {
      const member: unknown = Reflect.get(object, name, receiver);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]): unknown => {
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        const point = `${name}#${nth}`;
        process.stdout.write(`${point}\n`);
        pass(point, "before");
        const value: unknown = Reflect.apply(member, object, args);
        if (!(value instanceof Promise)) {
          pass(point, "after");
          return value;
        }
        return value.then((result: unknown) => {
          pass(point, "after");
          return result;
        });
      };
    },
  });
}

function createSource(): TaskSource {
  if (!URL.canParse(tasks)) {
    return withPoints(createFolderSource({ folder: tasks, tag: "autocode", now: Date.now }));
  }
  const budget = { take: () => Promise.resolve() };
  const api = createTickTickApi({ origin: tasks, token: TOKEN, budget, timeoutMs: 5_000 });
  return createTickTickSource(withPoints(api), "autocode");
}

const ledger = openLedger(state);
const { signal } = new AbortController();
const dispatcher = createDispatcher({
  source: createSource(),
  opencode: withPoints(
    createOpenCode({ router, routerToken: undefined, credentials: undefined, timeoutMs: 5_000 }),
  ),
  ledger: withPoints(ledger),
  model: undefined,
  concurrency: 1,
  now: Date.now,
  sleep: (ms, stop) => delay(ms, undefined, { signal: stop }),
  leaseMs: 500,
  runTimeoutMs: 60_000,
  recheckMs: 50,
  silentMs: 60_000,
  redact: (text) => text,
  onEvent: () => undefined,
});
await dispatcher.poll(signal);
await dispatcher.idle();
ledger.close();
