import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** What a front in its own process holds at a moment. */
export interface FrontUsage {
  readonly rss: number;
  readonly heap: number;
  readonly descriptors: number;
  /** Sockets, listeners and timers that keep the process alive. */
  readonly handles: number;
  /** Requests and WebSockets, pending ones included. */
  readonly open: number;
}

export interface FrontChild {
  readonly port: number;
  /** With `collect`, after a garbage collection. */
  usage(collect?: boolean): Promise<FrontUsage>;
}

/** Starts `front-process.ts` before one upstream. */
export async function startFrontChild(origin: string): Promise<FrontChild> {
  const child = fork(join(import.meta.dirname, "front-process.ts"), [origin], {
    execArgv: ["--expose-gc"],
    // With an arena per thread, glibc keeps tens of megabytes that were given back; that would be measured, not us.
    env: { ...process.env, MALLOC_ARENA_MAX: "1" },
  });
  onTestFinished(() => {
    child.disconnect();
  });
  const [address] = (await once(child, "message")) as [{ port: number }];
  return {
    port: address.port,
    async usage(collect = false) {
      const answer = once(child, "message");
      child.send(collect ? "collect" : "usage");
      const [usage] = (await answer) as [FrontUsage];
      return usage;
    },
  };
}
