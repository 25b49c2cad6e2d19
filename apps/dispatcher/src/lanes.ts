export interface Lanes {
  /** Runs a job when its lane is free and fewer than the limit run. Jobs never reject. */
  add(lane: string, job: () => Promise<void>): void;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
}

/** One job at a time in each lane, so that two tasks never work in one folder, and so many lanes at a time. */
export function createLanes(limit: number): Lanes {
  const waiting: { lane: string; job: () => Promise<void> }[] = [];
  const busy = new Set<string>();
  let whenIdle = Promise.withResolvers<void>();
  whenIdle.resolve();

  async function run(lane: string, job: () => Promise<void>): Promise<void> {
    await job();
    busy.delete(lane);
    start();
    if (busy.size === 0) whenIdle.resolve();
  }

  function start(): void {
    for (;;) {
      const at = busy.size < limit ? waiting.findIndex(({ lane }) => !busy.has(lane)) : -1;
      const [next] = at < 0 ? [] : waiting.splice(at, 1);
      if (!next) return;
      busy.add(next.lane);
      void run(next.lane, next.job);
    }
  }

  return {
    add(lane, job) {
      if (busy.size === 0) whenIdle = Promise.withResolvers();
      waiting.push({ lane, job });
      start();
    },
    idle: () => whenIdle.promise,
  };
}
