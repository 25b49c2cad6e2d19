import type { Grantee } from "./access-revocation.ts";

/** Each asks for its gateway's output again and again; a person has few pages open at a time. */
export const STREAMS_PER_PERSON = 8;

/** The answers without an end that this process is giving, and by whose right. */
export interface EventStreams {
  /**
   * Counts one more until it is aborted: by whoever gives the answer, when the sign-in is over, and when the reader
   * leaves, also if they left before.
   *
   * @returns `null` when the person has as many as they may.
   */
  open(grantee: Grantee, leaving: AbortSignal): AbortController | null;
  /** The sign-ins by which something is open here. */
  sessions(): ReadonlySet<string>;
  endSession(sessionId: string): void;
}

export function createEventStreams(perPerson: number = STREAMS_PER_PERSON): EventStreams {
  const streams = new Map<AbortController, Grantee>();
  const having = (fits: (grantee: Grantee) => boolean) =>
    [...streams].flatMap(([stream, grantee]) => (fits(grantee) ? [stream] : []));
  return {
    open(grantee, leaving) {
      if (having(({ clerkId }) => clerkId === grantee.clerkId).length >= perPerson) return null;
      const stream = new AbortController();
      streams.set(stream, grantee);
      stream.signal.addEventListener("abort", () => streams.delete(stream), { once: true });
      const end = () => stream.abort();
      leaving.addEventListener("abort", end, { once: true, signal: stream.signal });
      // Nobody hears of what has happened already.
      if (leaving.aborted) end();
      return stream;
    },
    sessions: () => new Set([...streams.values()].map(({ sessionId }) => sessionId)),
    endSession(ended) {
      for (const stream of having(({ sessionId }) => sessionId === ended)) stream.abort();
    },
  };
}
