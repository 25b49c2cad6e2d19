import type { SessionCheck } from "./identify.ts";

/** A sign-in that nobody said is over is asked about after this long, in milliseconds. */
export const SESSION_SEEN_MS = 60_000;
/** So many are asked about at a time: Clerk allows a hundred questions a second. */
const AT_A_TIME = 8;

/** Asks whether sign-ins still last, for what does not carry them: visits, and whatever is open. */
export interface SessionWatch {
  /** When this sign-in was seen to last, a minute ago at most; `null` if it is over. Rejects if that cannot be found out. */
  seen(sessionId: string): Promise<number | null>;
  /** Asks about every sign-in by which something is open. What turns out to be over is ended everywhere. */
  lookAround(): Promise<void>;
}

export interface SessionWatchOptions {
  readonly isSessionActive: SessionCheck;
  readonly openSessions: () => ReadonlySet<string>;
  /** Tells every process that a sign-in is over. */
  readonly end: (sessionId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Sighting {
  readonly askedAt: number;
  readonly answer: Promise<number | null>;
}

export function createSessionWatch(options: SessionWatchOptions): SessionWatch {
  const { isSessionActive, openSessions, end, onError, now } = options;
  const sightings = new Map<string, Sighting>();
  let looking: Promise<void> | undefined;

  async function look(sessionId: string, askedAt: number): Promise<number | null> {
    if (await isSessionActive(sessionId)) return askedAt;
    await end(sessionId);
    return null;
  }

  /** One question, however many wait for its answer. */
  function ask(sessionId: string): Promise<number | null> {
    const askedAt = now();
    const sighting = { askedAt, answer: look(sessionId, askedAt) };
    sightings.set(sessionId, sighting);
    sighting.answer.catch(() => {
      if (sightings.get(sessionId) === sighting) sightings.delete(sessionId);
    });
    return sighting.answer;
  }

  function forgetOld(): void {
    for (const [sessionId, { askedAt }] of sightings)
      if (askedAt + SESSION_SEEN_MS <= now()) sightings.delete(sessionId);
  }

  /** While Clerk does not answer, what is open stays open, and one word about it is enough. */
  async function lookAtOpen(): Promise<void> {
    forgetOld();
    const waiting = openSessions().values();
    const askOneByOne = async (): Promise<void> => {
      for (const sessionId of waiting) await ask(sessionId);
    };
    const asked = await Promise.allSettled(Array.from({ length: AT_A_TIME }, askOneByOne));
    const failed = asked.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") onError(failed.reason);
  }

  return {
    seen(sessionId) {
      const before = sightings.get(sessionId);
      return before && before.askedAt + SESSION_SEEN_MS > now() ? before.answer : ask(sessionId);
    },
    lookAround() {
      looking ??= lookAtOpen().finally(() => (looking = undefined));
      return looking;
    },
  };
}
