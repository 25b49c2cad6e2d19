import type { CommandContext } from "../database/commands.ts";
import { commandInstance } from "../database/commands.ts";
import { listLiveInstances } from "../database/instances.ts";
import { purgedInstances } from "../database/purge.ts";
import type { Driver } from "../drivers/driver.ts";
import { isIdle } from "../lifecycle.ts";
import { sweepPlan } from "./orphans.ts";

/**
 * Stops gateways that nobody used for a while. Activity that comes between the look and the stop wins: the stop is
 * decided again under the row's lock.
 *
 * @returns How many are being stopped.
 */
export async function cullIdle(context: CommandContext, idleAfterMs: number): Promise<number> {
  const now = context.now?.() ?? Date.now();
  const idle = (await listLiveInstances(context.database)).filter(
    (instance) => instance.ownerId !== "pool" && isIdle(instance, idleAfterMs, now),
  );
  for (const { id } of idle)
    await commandInstance(context, id, { kind: "stop", reason: "idle" }, { actor: "system" }, (instance) =>
      isIdle(instance, idleAfterMs, now),
    );
  return idle.length;
}

/**
 * Removes what is provably this installation's and unwanted.
 *
 * @returns How many things were stopped or removed.
 */
export async function sweepOrphans(
  { database, now = Date.now }: CommandContext,
  driver: Driver,
): Promise<number> {
  if (!driver.list) return 0;
  const listed = await driver.list();
  // After the list: an instance that was made meanwhile is in it, and in nothing that was listed.
  const known = [...(await listLiveInstances(database)), ...(await purgedInstances(database))];
  const actions = sweepPlan(listed, known, now());
  for (const { kind, instanceId } of actions) {
    await driver.stop(instanceId);
    if (kind === "destroy") await driver.destroy(instanceId);
  }
  return actions.length;
}
