/** The only source of time in the fake gateway. All values are milliseconds. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(handle: number): void;
};

/**
 * Real time: `Date.now` and `setTimeout`. The default of {@link createFakeGateway}.
 *
 * @example
 * ```ts
 * import { realClock } from "@automna/testing";
 *
 * const clock = realClock();
 * const handle = clock.setTimeout(() => gateway.restart(), 5_000);
 * clock.clearTimeout(handle); // it goes on running after all
 * ```
 */
export function realClock(): Clock {
  const timers = new Map<number, ReturnType<typeof globalThis.setTimeout>>();
  let last = 0;
  return {
    now: () => Date.now(),
    setTimeout: (run, ms) => {
      const handle = ++last;
      const fire = () => {
        timers.delete(handle);
        run();
      };
      timers.set(handle, globalThis.setTimeout(fire, ms));
      return handle;
    },
    clearTimeout: (handle) => {
      globalThis.clearTimeout(timers.get(handle));
      timers.delete(handle);
    },
  };
}

/** Time that moves only when the test says so, so that minutes of gateway behaviour cost microseconds. */
export type VirtualClock = Clock & {
  /** Runs every timer due in the next `ms` milliseconds, in order, and leaves the clock exactly `ms` later. */
  advance(ms: number): void;
  /** As {@link VirtualClock.advance}, but lets promise callbacks run before, between and after the timers. */
  advanceAsync(ms: number): Promise<void>;
  /** Runs timers until `done()` is true or `limitMs` of virtual time have passed; tells whether it became true. */
  advanceUntil(done: () => boolean, limitMs?: number): Promise<boolean>;
  /** How many timers wait. A test that ends with 0 has leaked none. */
  pending(): number;
};

type Entry = { at: number; order: number; run: () => void };

const settle = async () => {
  for (let turn = 0; turn < 16; turn++) await Promise.resolve();
};

/**
 * A clock for tests and model-based traces: nothing happens until it is advanced, and then at once.
 *
 * @param startMs - milliseconds since the epoch; default: the first of January 2026
 *
 * @example
 * ```ts
 * import { createFakeGateway, virtualClock } from "@automna/testing";
 *
 * const clock = virtualClock();
 * const gateway = createFakeGateway({ protocol: 4, clock });
 * clock.advance(30_000); // one tick event has been sent to every connection
 * ```
 */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = startMs;
  let order = 0;
  const entries = new Map<number, Entry>();

  const nextDue = (until: number): [number, Entry] | undefined => {
    let best: [number, Entry] | undefined;
    for (const item of entries) {
      if (item[1].at > until) continue;
      if (!best || item[1].at < best[1].at || (item[1].at === best[1].at && item[1].order < best[1].order))
        best = item;
    }
    return best;
  };
  const fire = ([id, entry]: [number, Entry]) => {
    entries.delete(id);
    now = Math.max(now, entry.at);
    entry.run();
  };

  return {
    now: () => now,
    setTimeout: (run, ms) => {
      const id = ++order;
      entries.set(id, { at: now + Math.max(0, ms), order: id, run });
      return id;
    },
    clearTimeout: (handle) => {
      entries.delete(handle);
    },
    advance: (ms) => {
      const until = now + ms;
      for (let due = nextDue(until); due; due = nextDue(until)) fire(due);
      now = Math.max(now, until);
    },
    advanceAsync: async (ms) => {
      const until = now + ms;
      await settle();
      for (let due = nextDue(until); due; due = nextDue(until)) {
        fire(due);
        await settle();
      }
      now = Math.max(now, until);
    },
    advanceUntil: async (done, limitMs = 600_000) => {
      const until = now + limitMs;
      await settle();
      while (!done()) {
        const due = nextDue(until);
        if (!due) return false;
        fire(due);
        await settle();
      }
      return true;
    },
    pending: () => entries.size,
  };
}
