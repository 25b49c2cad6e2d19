// A dispatcher that polls until nothing is unfinished, and that kills itself at one point of its work:
//   node dispatching-process.ts ROUTER TASKS STATE [METHOD#N before|after]
// It prints the points that it passed.
import { setTimeout as delay } from "node:timers/promises";

import { createDispatcher } from "../../src/dispatcher.ts";
import { createFolderSource } from "../../src/folder-source.ts";
import { openLedger } from "../../src/ledger.ts";
import { createOpenCode } from "../../src/opencode.ts";

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

const ledger = openLedger(state);
const { signal } = new AbortController();
const dispatcher = createDispatcher({
  source: withPoints(createFolderSource({ folder: tasks, tag: "autocode", now: Date.now })),
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
