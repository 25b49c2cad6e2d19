import type { InstanceRecord } from "../database/instance-record.ts";
import type { InstanceSpec, InstanceTarget } from "../instance.ts";
import { failureOf } from "../failures.ts";
import { probeTargetOf } from "../reconcile.ts";
import type { RunOptions } from "./run.ts";

type Handover =
  | { readonly status: "taken" | "later" | "refused" }
  | { readonly status: "unknown"; readonly reason: string };

const TAKEN: Handover = { status: "taken" };
const LATER: Handover = { status: "later" };

const PATIENCE_MS = 30_000;
const PAUSE_MS = 250;
/** OpenClaw was seen to need one to four seconds on a busy machine. */
const WRITE_AGAIN_MS = 6_000;

/**
 * Gives a gateway that was claimed the secrets that nobody had before, as it runs: its files are written, and it is asked by
 * the name that it is to know from then on to read its secrets again. May be called again at any point of an earlier call
 * that died.
 *
 * @param spec With those secrets.
 * @returns `taken`: it has them and no others. `later`: it cannot have them now, or something else goes before. `refused`:
 * it does not take them. `unknown`: they could not be written, which says nothing about the gateway.
 */
export async function handOver(
  instance: InstanceRecord,
  spec: InstanceSpec,
  target: InstanceTarget,
  { driver, reloadSecrets, clock, signal, onError }: RunOptions,
): Promise<Handover> {
  if (!reloadSecrets) return LATER;
  const reload = () =>
    reloadSecrets(probeTargetOf(spec, target), signal).then(
      () => true,
      () => {
        signal.throwIfAborted();
        return false;
      },
    );
  // A worker that died may have started it with them.
  if (!driver.rewrite) return instance.observed !== "ready" && (await reload()) ? TAKEN : LATER;
  if (instance.generation > instance.settledGeneration) return LATER;
  const deadline = clock.now() + PATIENCE_MS;
  while (clock.now() < deadline) {
    try {
      await driver.rewrite(spec);
    } catch (error) {
      return { status: "unknown", reason: failureOf(error, onError).message };
    }
    for (const writeAgainAt = clock.now() + WRITE_AGAIN_MS; clock.now() < writeAgainAt;) {
      await clock.sleep(PAUSE_MS, signal);
      if (await reload()) return TAKEN;
    }
  }
  return { status: "refused" };
}
