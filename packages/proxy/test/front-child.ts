import { fork } from "node:child_process";
import { once } from "node:events";

import { onTestFinished } from "vitest";

/** What a front in its own process holds at a moment. */
export interface FrontUsage {
  /** Bytes of JavaScript objects. */
  readonly heap: number;
  /** Bytes of JavaScript objects and of buffers. */
  readonly memory: number;
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
  const child = fork(new URL("./front-process.ts", import.meta.url), [origin], { execArgv: ["--expose-gc"] });
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
