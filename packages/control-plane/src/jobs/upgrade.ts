import type { InstanceRecord } from "../database/instance-record.ts";
import type { DesiredState, InstanceFailure, InstanceSpec } from "../instance.ts";
import { ensureInstance, type Outcome } from "../reconcile.ts";
import { prepared } from "./preparation.ts";
import type { RunOptions } from "./run.ts";
import { trialIdOf } from "./trial.ts";

/** What was found out about the next image. */
export type TrialVerdict =
  | { readonly status: "passed" }
  | { readonly status: "refused"; readonly failure: InstanceFailure }
  /** The driver could not look. Nothing is known of the image. */
  | { readonly status: "unknown"; readonly reason: string };

/**
 * Starts the next image beside the running gateway, with a state of its own, and removes it again: an image that does
 * not start or does not take our credentials is found out before anything is stopped for it.
 */
export async function tryBeside(
  instance: InstanceRecord,
  options: RunOptions,
  enter: (phase: string) => void,
): Promise<TrialVerdict> {
  const preparation = await prepared(options.prepare, instance, instance.nextImage);
  if (preparation.status === "failed") return notStarted(preparation.failure.message);
  const { spec } = preparation;
  const trial = { ...spec, id: trialIdOf(instance.id) };
  enter("trial");
  const desired: DesiredState = { status: "running", revision: trial.revision };
  const outcome = await ensureInstance(trial, desired, quietOptions(options));
  // What is left of it is taken up by the next try, or by the stop that comes first.
  if (outcome.status === "unknown") return { status: "unknown", reason: outcome.reason };
  const removed = await removeTrial(spec, options);
  if (removed.status === "failed") return refusal(removed.failure.message);
  if (outcome.status === "ready") return { status: "passed" };
  return notStarted(outcome.status === "failed" ? outcome.failure.message : "It ended by itself.");
}

function notStarted(reason: string): TrialVerdict {
  return refusal(
    `The new image was tried beside the running gateway and did not start, so nothing was changed. ${reason}`,
  );
}

function refusal(message: string): TrialVerdict {
  return { status: "refused", failure: { code: "upgrade-failed", message } };
}

/** Stops the trial of an upgrade and removes it, if there is one. */
export function removeTrial(spec: InstanceSpec, options: RunOptions): Promise<Outcome> {
  return ensureInstance({ ...spec, id: trialIdOf(spec.id) }, { status: "destroyed" }, quietOptions(options));
}

/** Its steps are not those of the gateway that its owner looks at. */
function quietOptions({ driver, probe, clock, signal, readyTimeoutMs, onError }: RunOptions) {
  return {
    driver,
    probe,
    clock,
    signal,
    ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
    ...(onError ? { onError } : {}),
  };
}
