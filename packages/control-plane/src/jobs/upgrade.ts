import type { InstanceRecord } from "../database/instance-record.ts";
import type { InstanceFailure } from "../instance.ts";
import { ensureInstance } from "../reconcile.ts";
import type { RunOptions } from "./run.ts";
import { trialIdOf } from "./trial.ts";

/**
 * Starts the next image beside the running gateway, with a state of its own, and removes it again: an image that does
 * not start or does not take our credentials is found out before anything is stopped for it.
 *
 * @returns Why it may not be switched to; `null` when it may.
 */
export async function tryBeside(
  instance: InstanceRecord,
  options: RunOptions,
  enter: (phase: string) => void,
): Promise<InstanceFailure | null> {
  const { driver, probe, clock, signal, readyTimeoutMs } = options;
  const { spec } = await options.prepare(instance, instance.nextImage);
  const trial = { ...spec, id: trialIdOf(instance.id) };
  const common = {
    driver,
    probe,
    clock,
    signal,
    ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
  };
  enter("trial");
  const outcome = await ensureInstance(trial, { status: "running", revision: trial.revision }, common);
  const removed = await ensureInstance(trial, { status: "destroyed" }, common);
  if (removed.status === "failed") return { ...removed.failure, code: "upgrade-failed" };
  if (outcome.status === "ready") return null;
  const reason = outcome.status === "failed" ? outcome.failure.message : "The driver could not look at it.";
  return {
    code: "upgrade-failed",
    message: `The new image was tried beside the running gateway and did not start, so nothing was changed. ${reason}`,
  };
}
