import type { SessionState } from "./session-poll.ts";

const STEPS = ["resolved", "connected", "answered", "greeted", "shown"] as const;

/** The way to a screen, as its health names it, and its opening here. */
export type ScreenStep = (typeof STEPS)[number];

/** What a person who waits is told of how long it takes. */
type Word =
  | { readonly kind: "usual" | "lost" | "unreachable" }
  | { readonly kind: "answered-with"; readonly status: number }
  /** `missing`: what is in the way, as far as it is known. */
  | { readonly kind: "longer" | "overdue"; readonly missing: Exclude<ScreenStep, "shown"> | null };

interface Progress {
  readonly steps: readonly { readonly name: ScreenStep; readonly status: "done" | "current" | "ahead" }[];
  readonly word: Word;
  /** Long enough: nothing more happens by itself. */
  readonly overdue: boolean;
}

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
  const at = STEPS.findIndex((name) => !ok.has(name));
  const steps = STEPS.map((name, index) => {
    const status = index < at ? ("done" as const) : index === at ? ("current" as const) : ("ahead" as const);
    return { name, status };
  });
  const current = STEPS[at] ?? "shown";
  return { steps, overdue: elapsedMs >= LIMIT_MS, word: wordFor(state, current, elapsedMs, attempt) };
}

function wordFor(state: SessionState, current: ScreenStep, elapsedMs: number, attempt: number): Word {
  if (state.status === "unreachable")
    return state.answeredWith === null
      ? { kind: "unreachable" }
      : { kind: "answered-with", status: state.answeredWith };
  const missing = state.status === "found" && current !== "shown" ? current : null;
  if (elapsedMs >= LIMIT_MS) return { kind: "overdue", missing };
  if (elapsedMs >= USUAL_MS) return { kind: "longer", missing };
  return { kind: attempt > 0 ? "lost" : "usual" };
}
