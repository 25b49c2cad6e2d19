import { UnreachableError } from "./opencode.ts";
import type { EventMeaning, RunState } from "./run-state.ts";

export type Outcome = { readonly kind: "completed" } | { readonly kind: "failed"; readonly message: string };

export interface FollowOptions {
  /** One connection to the events of the run's server. May end or throw at any time. */
  readonly connect: (signal: AbortSignal) => AsyncIterable<unknown>;
  readonly readEvent: (event: unknown) => EventMeaning;
  /** Looks at the session itself: whatever events were missed, it shows how the run stands. Throws if it cannot. */
  readonly check: () => Promise<RunState>;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between two looks while nothing happens, in milliseconds. */
  readonly recheckMs: number;
  /** How long nothing may work on an unanswered prompt, in milliseconds. */
  readonly silentMs: number;
  /** When to give up, in milliseconds since the epoch. */
  readonly deadline: () => number;
  /** A connection could not be had, or broke. The next is tried after a while. */
  readonly onDrop: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const INTERRUPTED = "It stopped without an answer. Was its server restarted?";
/** Before the next connection; it doubles with each that fails. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Follows a run to its end. The events say at once when something happens; that a connection was away at that moment
 * costs nothing, because each new one begins with a look at the session.
 *
 * @throws what `connect` and `check` throw, but for {@link UnreachableError}; the reason of `signal` when it fires.
 */
export async function followRun(options: FollowOptions): Promise<Outcome> {
  const judge = createJudge(options);
  for (let failures = 0; ; failures += 1) {
    const connection = new AbortController();
    try {
      const signal = AbortSignal.any([options.signal, connection.signal]);
      for await (const meaning of news(options, signal)) {
        const outcome = judge(meaning, await options.check());
        if (outcome) return outcome;
        failures = 0;
      }
      options.onDrop(new Error("The server ended the stream of its events."));
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof UnreachableError)) throw error;
      options.onDrop(error);
    } finally {
      connection.abort();
    }
    if (options.now() > options.deadline()) return tooLong();
    await options.sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)), options.signal);
  }
}

/** What is worth a look: the first event of a connection, those about the run, and every `recheckMs` of nothing. */
async function* news(options: FollowOptions, signal: AbortSignal): AsyncGenerator<EventMeaning, void, void> {
  const events = options.connect(signal)[Symbol.asyncIterator]();
  let next = events.next();
  next.catch(() => undefined);
  let first = true;
  for (;;) {
    const timer = new AbortController();
    const quiet = options.sleep(options.recheckMs, AbortSignal.any([signal, timer.signal])).then(
      () => "quiet" as const,
      () => "stopped" as const,
    );
    let got = await Promise.race([next, quiet]);
    while (typeof got !== "string") {
      if (got.done) return timer.abort();
      const meaning = options.readEvent(got.value);
      next = events.next();
      next.catch(() => undefined);
      if (first || meaning.kind !== "none") yield meaning;
      first = false;
      got = await Promise.race([next, quiet]);
    }
    signal.throwIfAborted();
    yield { kind: "none" };
  }
}

/** Decides from an event and a look whether the run is over. */
function createJudge({ now, silentMs, deadline }: FollowOptions) {
  let silentSince: number | undefined;
  return (meaning: EventMeaning, state: RunState): Outcome | undefined => {
    if (meaning.kind === "failed") return meaning;
    if (state.kind === "completed" || state.kind === "failed") return state;
    if (state.kind !== "silent") silentSince = undefined;
    else if (meaning.kind === "idle") return { kind: "failed", message: INTERRUPTED };
    else silentSince ??= now();
    if (silentSince !== undefined && now() - silentSince >= silentMs) {
      return { kind: "failed", message: INTERRUPTED };
    }
    return now() > deadline() ? tooLong() : undefined;
  };
}

function tooLong(): Outcome {
  return {
    kind: "failed",
    message: "It took longer than --run-timeout allows. Its session may still work on it.",
  };
}
