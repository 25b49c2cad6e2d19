import { type Clock, systemClock } from "../clock.ts";

/** One answer's use of the operator's model. */
interface LedgerEntry {
  readonly userId: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface UsageLedgerOptions {
  readonly write: (entry: LedgerEntry) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock;
}

/** What was used, on its way to the database: written in its order, and again when the database was away. */
export interface UsageLedger {
  add(entry: Omit<LedgerEntry, "at">): void;
  /** Tokens of that person that are not written yet. */
  unwritten(userId: string): number;
  /** Tries once more to write what is left. */
  close(): Promise<void>;
}

const AGAIN_MS = 2_000;

export function createUsageLedger({ write, onError, clock = systemClock }: UsageLedgerOptions): UsageLedger {
  const waiting: LedgerEntry[] = [];
  const closing = new AbortController();
  let writing: Promise<void> | null = null;

  async function writeAll(): Promise<void> {
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        await write(next);
        waiting.shift();
      } catch (error) {
        onError(error);
        if (closing.signal.aborted) return;
        await clock.sleep(AGAIN_MS, closing.signal).catch(() => undefined);
      }
    }
  }

  return {
    add(entry) {
      waiting.push({ ...entry, at: clock.now() });
      writing ??= writeAll().finally(() => {
        writing = null;
      });
    },
    unwritten: (userId) =>
      waiting
        .filter((entry) => entry.userId === userId)
        .reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0),
    async close() {
      closing.abort();
      await writing;
    },
  };
}
