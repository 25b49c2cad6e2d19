import type { Clock } from "../clock.ts";
import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import { recordPhase, recordSettlement } from "../database/settlements.ts";
import type { Driver } from "../drivers/driver.ts";
import type { DesiredState, InstanceFailure, InstanceSpec, Probe, Resume } from "../instance.ts";
import { type Settlement, targetOf } from "../lifecycle.ts";
import { ensureInstance, failureOf, type Outcome } from "../reconcile.ts";
import { tryBeside } from "./upgrade.ts";

/**
 * Says how an instance is run here, today: with the token and the image that it is moving to, if it is moving.
 *
 * @param image Instead of those of the record, for an upgrade's trial and its way back.
 */
export type PrepareInstance = (
  instance: InstanceRecord,
  image?: string | null,
) => Promise<{ readonly spec: InstanceSpec }>;

export interface RunOptions {
  readonly database: Database;
  readonly driver: Driver;
  readonly probe: Probe;
  readonly resume?: Resume;
  readonly prepare: PrepareInstance;
  readonly readyTimeoutMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly settled: InstanceRecord;
  readonly outcome: string;
}

/** One run: from the row as it is to a world that fits it, and back into the row. */
export async function performRun(instance: InstanceRecord, options: RunOptions): Promise<RunResult> {
  const phases = phaseWriter(instance.id, options);
  try {
    const { abandoned, ...concluded } = await bringAbout(instance, options, phases);
    const complaint = await complaintAbout(instance.id, concluded.settlement, options.driver);
    const settlement = explained(concluded.settlement, complaint);
    options.signal.throwIfAborted();
    await phases.written();
    const settled = await recordSettlement(
      options.database,
      instance,
      settlement,
      options.clock.now(),
      abandoned,
      complaint,
    );
    return { settled, outcome: settlement.status };
  } finally {
    await phases.written();
  }
}

/** A driver that cannot look has nothing to say. */
async function complaintAbout(
  instanceId: string,
  { status }: Settlement,
  driver: Driver,
): Promise<InstanceFailure | null> {
  if (status !== "ready" && status !== "failed") return null;
  return (await driver.complaint?.(instanceId).catch(() => null)) ?? null;
}

/** A gateway that does not start on a full disk fails in its own way each time: the disk is what there is to say. */
function explained(settlement: Settlement, complaint: InstanceFailure | null): Settlement {
  if (settlement.status !== "failed" || complaint === null) return settlement;
  return { status: "failed", failure: complaint };
}

interface Conclusion {
  readonly settlement: Settlement;
  /** Why an upgrade was given up. */
  readonly abandoned: InstanceFailure | null;
}

async function bringAbout(
  instance: InstanceRecord,
  options: RunOptions,
  phases: PhaseWriter,
): Promise<Conclusion> {
  const { signal, clock } = options;
  const target = targetOf(instance, clock.now());
  if (target !== "running") {
    const outcome = await ensureInstance(
      nameOnly(instance),
      { status: target },
      ensureOptions(options, phases),
    );
    return { settlement: await withoutRemains(outcome, target, instance.id, options), abandoned: null };
  }
  const before = { ...instance, nextImage: null };
  if (instance.nextImage === null || instance.nextImage === instance.image)
    return { settlement: await bringUp(before, options, phases), abandoned: null };
  const refused = await tryBeside(instance, options, phases.enter);
  signal.throwIfAborted();
  if (refused) return { settlement: await bringUp(before, options, phases), abandoned: refused };
  const settlement = await bringUp(instance, options, phases);
  if (settlement.status !== "failed") return { settlement, abandoned: null };
  phases.enter("roll-back");
  const abandoned: InstanceFailure = {
    code: "upgrade-failed",
    message: `The new image did not start, and the gateway was put back to the one before. ${settlement.failure.message}`,
  };
  return { settlement: await bringUp({ ...before, observed: "failed" }, options, phases), abandoned };
}

/** A worker that died on its way, or somebody behind our back, may have left a part: of a stop its secrets, of a removal data. */
async function withoutRemains(
  outcome: Outcome,
  target: "stopped" | "destroyed",
  instanceId: string,
  { driver, signal }: RunOptions,
): Promise<Settlement> {
  try {
    if (outcome.status === "stopped") await driver.stop(instanceId);
    if (target === "destroyed" && outcome.status === "absent") await driver.destroy(instanceId);
    return settlementOf(outcome, target);
  } catch (error) {
    signal.throwIfAborted();
    return { status: "failed", failure: failureOf(error) };
  }
}

async function bringUp(
  instance: InstanceRecord,
  options: RunOptions,
  phases: PhaseWriter,
): Promise<Settlement> {
  try {
    const { spec } = await options.prepare(instance, instance.nextImage ?? instance.image);
    // A driver remembers that this revision has failed, until it has been stopped.
    if (instance.observed === "failed") await options.driver.stop(spec.id);
    const desired: DesiredState = { status: "running", revision: spec.revision };
    return settlementOf(await ensureInstance(spec, desired, ensureOptions(options, phases)), "running");
  } catch (error) {
    options.signal.throwIfAborted();
    return { status: "failed", failure: failureOf(error) };
  }
}

/** Enough to stop or remove it by: that must also be possible when its settings cannot be had any more. */
function nameOnly({ id, ownerId, product }: InstanceRecord): InstanceSpec {
  const settings = {
    auth: { mode: "token", token: "" },
    basePath: "",
    allowedOrigins: [],
    trustedProxies: [],
    model: null,
  } as const;
  return { id, ownerId, product, settings, revision: "" };
}

function ensureOptions(options: RunOptions, phases: PhaseWriter) {
  const { driver, probe, resume, clock, signal, readyTimeoutMs } = options;
  return {
    driver,
    probe,
    clock,
    signal,
    ...(resume ? { resume } : {}),
    ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
    onPhase: ({ action }: { action: string }) => phases.enter(action),
  };
}

function settlementOf(outcome: Outcome, target: "running" | "stopped" | "destroyed"): Settlement {
  switch (outcome.status) {
    case "ready":
      return { status: "ready", target: outcome.target, containerId: outcome.containerId ?? null };
    case "failed":
      return { status: "failed", failure: outcome.failure };
    case "unknown":
      return { status: "unknown", reason: outcome.reason };
    case "stopped":
      return { status: "stopped" };
    case "absent":
      return { status: target === "destroyed" ? "purged" : "absent" };
  }
}

interface PhaseWriter {
  readonly enter: (name: string) => void;
  /** Resolves when everything that was entered is written. */
  readonly written: () => Promise<void>;
}

/** Phases are for people who wait: one that cannot be written holds nothing up. */
function phaseWriter(instanceId: string, { database, clock }: RunOptions): PhaseWriter {
  let writing = Promise.resolve();
  return {
    enter(name) {
      const since = clock.now();
      writing = writing.then(() => recordPhase(database, instanceId, { name, since })).catch(() => undefined);
    },
    written: () => writing,
  };
}
