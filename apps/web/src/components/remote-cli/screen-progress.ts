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
const LIMIT_MS = 120_000;

/** Where a machine is on its way, `elapsedMs` after somebody began to wait for it. */
export function progressOf(state: SessionState, elapsedMs: number): Progress {
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
  return { steps, overdue, sentence: sentenceOf(state, elapsedMs) };
}

function sentenceOf(state: SessionState, elapsedMs: number): string {
  if (state.status === "unreachable") return state.sentence;
  if (elapsedMs < USUAL_MS) return "A new machine usually takes 15 to 30 seconds.";
  const why = state.status === "found" ? (state.health.failure?.message ?? "") : "";
  return `${why} It takes longer than usual.`.trimStart();
}
