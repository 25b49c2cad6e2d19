import type { SessionState } from "./session-poll.ts";

/** One step on the way to a screen. */
interface Step {
  readonly text: string;
  readonly status: "done" | "current" | "ahead";
}

/** What a person who waits is told. */
export interface Progress {
  readonly steps: readonly Step[];
  /** One sentence on how long it takes and what is in the way. */
  readonly sentence: string;
  /** Long enough: nothing more happens by itself. */
  readonly overdue: boolean;
}

const STEPS = [
  ["resolved", "Making the machine"],
  ["connected", "Starting the machine"],
  ["answered", "Starting its screen service"],
  ["greeted", "Starting its screen"],
  ["shown", "Opening the screen"],
] as const;

const USUAL_MS = 30_000;
/** Whoever has waited for so long is told, and nothing more happens by itself. */
export const LIMIT_MS = 120_000;

/**
 * Where a machine is on its way, `elapsedMs` after somebody began to wait for it.
 *
 * @param attempt How often its screen has been seen and lost before.
 */
export function progressOf(state: SessionState, elapsedMs: number, attempt: number): Progress {
  const ok = new Set(
    state.status === "found"
      ? state.health.layers.filter(({ status }) => status === "ok").map(({ name }) => name)
      : [],
  );
  const at = STEPS.findIndex(([layer]) => !ok.has(layer));
  const steps = STEPS.map(([, text], index): Step => {
    if (index < at) return { text, status: "done" };
    return { text, status: index === at ? "current" : "ahead" };
  });
  const overdue = elapsedMs >= LIMIT_MS;
  return { steps, overdue, sentence: sentenceOf(state, elapsedMs, attempt) };
}

function sentenceOf(state: SessionState, elapsedMs: number, attempt: number): string {
  if (state.status === "unreachable") return state.sentence;
  const why = state.status === "found" ? (state.health.failure?.message ?? "") : "";
  if (elapsedMs >= LIMIT_MS)
    return `${why} Ask whoever runs this server to look at it, or try again.`.trimStart();
  if (elapsedMs >= USUAL_MS) return `${why} It takes longer than usual.`.trimStart();
  return attempt > 0
    ? "The screen was lost. It comes back by itself when the machine answers."
    : "A new machine usually takes 15 to 30 seconds.";
}
