import type { DesiredState, InstanceFailure, ObservedState } from "./instance.ts";

/** One step towards the desired state. The order in a plan is the order of execution. */
export type Action =
  | { readonly kind: "prepare" }
  | { readonly kind: "start" }
  | { readonly kind: "await-ready" }
  | { readonly kind: "stop" }
  | { readonly kind: "destroy" }
  | { readonly kind: "look-again"; readonly reason: string }
  | { readonly kind: "give-up"; readonly failure: InstanceFailure };

const START: readonly Action[] = [{ kind: "prepare" }, { kind: "start" }, { kind: "await-ready" }];
const RESTART: readonly Action[] = [{ kind: "stop" }, ...START];

/**
 * The steps that lead from what is observed to what is desired; none when they agree.
 *
 * An observation that failed (`unknown`) never leads to anything but another look.
 *
 * @example
 * plan({ status: "running", revision: "r1" }, { status: "absent" });
 * // prepare, start, await-ready
 */
export function plan(desired: DesiredState, observed: ObservedState): readonly Action[] {
  if (observed.status === "unknown") return [{ kind: "look-again", reason: observed.reason }];
  switch (desired.status) {
    case "running":
      return planRunning(desired.revision, observed);
    case "stopped":
      return needsStop(observed) ? [{ kind: "stop" }] : [];
    case "destroyed":
      if (observed.status === "absent") return [];
      return needsStop(observed) ? [{ kind: "stop" }, { kind: "destroy" }] : [{ kind: "destroy" }];
  }
}

function planRunning(
  revision: string,
  observed: Exclude<ObservedState, { status: "unknown" }>,
): readonly Action[] {
  switch (observed.status) {
    case "absent":
    case "stopped":
      return START;
    case "ready":
      return observed.revision === revision ? [] : RESTART;
    case "running":
    case "restarting":
      return observed.revision === revision ? [{ kind: "await-ready" }] : RESTART;
    case "failed":
      return observed.revision === revision ? [{ kind: "give-up", failure: observed.failure }] : RESTART;
  }
}

/** A failed gateway counts: a stop is what makes a driver forget the failure, so that it can be started again. */
function needsStop(observed: ObservedState): boolean {
  return observed.status !== "absent" && observed.status !== "stopped" && observed.status !== "unknown";
}
