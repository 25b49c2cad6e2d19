import type { Database } from "../database/client.ts";
import { commandInstance, type CommandContext } from "../database/commands.ts";
import { type InstanceRecord, POOL_OWNER } from "../database/instance-record.ts";
import { listLiveInstances } from "../database/instances.ts";
import { purgedInstances } from "../database/purge.ts";
import type { Driver } from "../drivers/driver.ts";
import { isIdle } from "../lifecycle.ts";
import { sweepPlan } from "./orphans.ts";

/** How gateways are quieted before they are stopped; given by the app, which speaks their protocol. */
export interface Suspension {
  /**
   * Makes a gateway take no more work. `busy`: it is at work that nobody waits for at the moment. `unsupported`: it has
   * no such thing, or does not answer.
   */
  suspend(instance: InstanceRecord): Promise<"suspended" | "busy" | "unsupported">;
  resume(instance: InstanceRecord): Promise<void>;
}

/**
 * Stops gateways that nobody used for a while, and that are not at work by themselves. Activity that comes between the
 * look and the stop wins: the stop is decided again under the row's lock.
 *
 * @returns How many are being stopped.
 */
export async function cullIdle(
  context: CommandContext,
  idleAfterMs: number,
  suspension?: Suspension,
): Promise<number> {
  const now = context.now?.() ?? Date.now();
  const idle = (await listLiveInstances(context.database)).filter(
    (instance) => instance.ownerId !== POOL_OWNER && isIdle(instance, idleAfterMs, now),
  );
  let stopped = 0;
  for (const instance of idle) {
    const quiet = await suspension?.suspend(instance);
    if (quiet === "busy") continue;
    const command = { kind: "stop", reason: "idle" } as const;
    const after = await commandInstance(context, instance.id, command, { actor: "system" }, (found) =>
      isIdle(found, idleAfterMs, now),
    );
    if (after.desired === "stopped") stopped += 1;
    else if (quiet === "suspended") await suspension?.resume(instance);
  }
  return stopped;
}

/**
 * Stops or removes what is provably this installation's and unwanted. A driver that cannot look rejects, and nothing is
 * done. One orphan that cannot be removed keeps no other.
 *
 * @param signal Ends it between two orphans.
 * @returns How many things were stopped or removed.
 * @throws OrphansLeftError at the end, when some could not be removed.
 */
export async function sweepOrphans(
  database: Database,
  driver: Driver,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const listed = await driver.list?.();
  if (!listed) return 0;
  // After the list: an instance that was made meanwhile is known, and was not listed.
  const known = [...(await listLiveInstances(database)), ...(await purgedInstances(database))];
  const actions = sweepPlan(listed, known, now);
  const failures: Failure[] = [];
  for (const { kind, instanceId } of actions) {
    signal?.throwIfAborted();
    try {
      await driver.stop(instanceId);
      if (kind === "destroy") await driver.destroy(instanceId);
    } catch (error) {
      failures.push({ instanceId, error });
    }
  }
  if (failures.length > 0) throw new OrphansLeftError(failures, actions.length);
  return actions.length;
}

interface Failure {
  readonly instanceId: string;
  readonly error: unknown;
}

/** Some of what should have been removed is still there. */
export class OrphansLeftError extends AggregateError {
  override readonly name = "OrphansLeftError";
  readonly instanceIds: readonly string[];

  constructor(failures: readonly Failure[], count: number) {
    const each = failures.map(
      ({ instanceId, error }) => `${instanceId}: ${error instanceof Error ? error.message : String(error)}`,
    );
    super(
      failures.map(({ error }) => error),
      `${failures.length} of ${count} orphans could not be removed. ${each.join(" ")}`,
    );
    this.instanceIds = failures.map(({ instanceId }) => instanceId);
  }
}
