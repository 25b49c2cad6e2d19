/** At most `calls` in any stretch of `withinMs`. */
export interface CallWindow {
  readonly calls: number;
  readonly withinMs: number;
}

/** The times of earlier calls, in milliseconds since the epoch. Kept, so that a restart spends nothing twice. */
export interface CallLog {
  add(at: number): void;
  /** In the order of time. */
  since(at: number): readonly number[];
}

export interface CallBudgetOptions {
  readonly windows: readonly CallWindow[];
  readonly log: CallLog;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface CallBudget {
  /** Resolves when one more call may be made, which is then counted. Callers get their turn in order. */
  take(signal: AbortSignal): Promise<void>;
}

/** How long a call has to wait for its place in every window. */
export function waitFor(windows: readonly CallWindow[], calls: readonly number[], now: number): number {
  return Math.max(
    0,
    ...windows.map(({ calls: limit, withinMs }) => {
      // A clock that was set back must not lock the door for longer than a window.
      const decisive = Math.min(calls.at(-limit) ?? Number.NEGATIVE_INFINITY, now);
      return decisive + withinMs - now;
    }),
  );
}

/** Keeps all calls together within every window. */
export function createCallBudget({ windows, log, now, sleep }: CallBudgetOptions): CallBudget {
  const longest = Math.max(...windows.map(({ withinMs }) => withinMs));
  let turn: Promise<void> = Promise.resolve();

  async function waitAndCount(before: Promise<void>, signal: AbortSignal): Promise<void> {
    await before;
    for (;;) {
      signal.throwIfAborted();
      const wait = waitFor(windows, log.since(now() - longest), now());
      if (wait <= 0) return log.add(now());
      await sleep(wait, signal);
    }
  }

  return {
    take(signal) {
      const mine = waitAndCount(turn, signal);
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
