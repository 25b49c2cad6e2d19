import type { FailureCode, InstanceFailure } from "../instance.ts";
import type { RunBasis, Settlement } from "../lifecycle.ts";
import { settle } from "../lifecycle.ts";
import { recordAudit } from "./audit.ts";
import type { Database } from "./client.ts";
import { type InstanceRecord, nextTokenColumns, targetColumns } from "./instance-record.ts";
import { changeInstance } from "./instances.ts";

/** The instance that a worker set out for, as it was then. */
export type RunRecord = RunBasis & Pick<InstanceRecord, "id">;

const UPGRADE_FAILED: FailureCode = "upgrade-failed";

/**
 * Writes how a worker's run ended. A rotation or an upgrade is committed here, once it has been proven.
 *
 * @param abandoned Why the upgrade of this run was given up; the gateway stays with its image and bears the notice.
 * @param complaint What is wrong with the gateway although it runs.
 */
export function recordSettlement(
  database: Database,
  basis: RunRecord,
  settlement: Settlement,
  now: number,
  abandoned: InstanceFailure | null = null,
  complaint: InstanceFailure | null = null,
): Promise<InstanceRecord> {
  return changeInstance(database, basis.id, async (instance, transaction) => {
    if (settlement.status === "purged" && instance.purgedAt === null)
      await recordAudit(transaction, { actor: "system", action: "instance.purge", instanceId: instance.id });
    const { token, nextToken, ...columns } = settle(instance, basis, settlement, now, abandoned !== null);
    return {
      phase: null,
      phaseSince: null,
      ...columns,
      ...token,
      ...nextTokenColumns(nextToken),
      ...observedColumns(instance, settlement, now, abandoned ?? complaint ?? keptNotice(instance, basis)),
    };
  });
}

/** That an upgrade was given up stands there until something else is wanted. */
function keptNotice({ failure, settledGeneration }: InstanceRecord, { generation }: RunBasis) {
  return failure?.code === UPGRADE_FAILED && settledGeneration >= generation ? failure : null;
}

function observedColumns(
  instance: InstanceRecord,
  settlement: Settlement,
  now: number,
  notice: InstanceRecord["failure"],
) {
  const nothing = { ...targetColumns(instance.id, null), readySince: null, containerId: null };
  const error = { errorCode: notice?.code ?? null, errorMessage: notice?.message ?? null };
  switch (settlement.status) {
    case "ready":
      return {
        observedState: "ready",
        ...targetColumns(instance.id, settlement.target),
        containerId: settlement.containerId,
        readySince: instance.readySince ?? new Date(now),
        ...error,
      } as const;
    case "failed":
      return {
        observedState: "failed",
        ...nothing,
        errorCode: settlement.failure.code,
        errorMessage: settlement.failure.message,
      } as const;
    case "purged":
      return { observedState: "absent", ...nothing, ...error, purgedAt: new Date(now) } as const;
    case "unknown":
      return { errorCode: "driver-failed", errorMessage: settlement.reason };
    default:
      return { observedState: settlement.status, ...nothing, ...error } as const;
  }
}

/** Writes what is wrong with a gateway that is ready all the same, or that it is so no more. */
export function recordComplaint(
  database: Database,
  id: string,
  complaint: InstanceFailure | null,
): Promise<InstanceRecord> {
  return changeInstance(database, id, ({ observed }) =>
    observed === "ready"
      ? { errorCode: complaint?.code ?? null, errorMessage: complaint?.message ?? null }
      : null,
  );
}

/**
 * Writes the step that a worker is at.
 *
 * @param phase.leaves Whether nobody is to be sent to the gateway since then: whoever is routed to it is told so.
 */
export async function recordPhase(
  database: Database,
  id: string,
  { name, since, leaves }: { readonly name: string; readonly since: number; readonly leaves: boolean },
): Promise<void> {
  const phase = { phase: name, phaseSince: new Date(since) };
  const { count } = await database.instance.updateMany({
    where: { id, ...(leaves ? { observedState: { not: "ready" } } : {}) },
    data: phase,
  });
  if (!leaves || count > 0) return;
  await changeInstance(database, id, ({ observed }) =>
    observed === "ready" ? { ...phase, observedState: "restarting", readySince: null } : phase,
  );
}

/**
 * Forgets what was seen of gateways that were processes of an earlier run of this machine: they have ended with it.
 * Containers live on without us and keep what is known of them.
 */
export async function forgetProcesses(database: Database): Promise<void> {
  const seen = await database.instance.findMany({
    where: { driver: "process", observedState: { notIn: [...NOTHING_SEEN] } },
    select: { id: true },
  });
  for (const { id } of seen)
    await changeInstance(database, id, ({ driver, observed }) =>
      driver !== "process" || NOTHING_SEEN.has(observed)
        ? null
        : {
            observedState: "unknown",
            ...targetColumns(id, null),
            readySince: null,
            phase: null,
            phaseSince: null,
          },
    );
}

const NOTHING_SEEN: ReadonlySet<InstanceRecord["observed"]> = new Set(["unknown", "stopped", "absent"]);
