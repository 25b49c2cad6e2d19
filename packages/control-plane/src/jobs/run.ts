import type { Clock } from "../clock.ts";
import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import { recordPhase, recordSettlement } from "../database/settlements.ts";
import { type Driver, isEngineAway } from "../drivers/driver.ts";
import { failureOf } from "../failures.ts";
import type {
  DesiredState,
  InstanceFailure,
  InstanceSpec,
  Probe,
  ReloadSecrets,
  Resume,
} from "../instance.ts";
import { isAtRest, type Settlement, targetOf } from "../lifecycle.ts";
import { ensureInstance, type Outcome } from "../reconcile.ts";
import { handOver } from "./handover.ts";
import { prepared, type PrepareInstance } from "./preparation.ts";
import { removeTrial, tryBeside } from "./upgrade.ts";

export interface RunOptions {
  readonly database: Database;
  readonly driver: Driver;
  readonly probe: Probe;
  readonly resume?: Resume;
  /** Without it a gateway takes nothing over as it runs. */
  readonly reloadSecrets?: ReloadSecrets;
  readonly prepare: PrepareInstance;
  readonly readyTimeoutMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of errors that say nothing to an instance's owner. */
  readonly onError?: (error: unknown) => void;
}

export interface RunResult {
  readonly settled: InstanceRecord;
  readonly outcome: string;
}

/** One run: from the row as it is to a world that fits it, and back into the row. */
export async function performRun(instance: InstanceRecord, options: RunOptions): Promise<RunResult> {
  const phases = phaseWriter(instance, options);
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
    const spec = nameOnly(instance);
    // Its address may be another's soon.
    await recordPhase(options.database, instance.id, { name: "stop", since: clock.now(), leaves: true });
    const outcome = await ensureInstance(spec, { status: target }, ensureOptions(options, phases));
    const settlement = await withoutRemains(outcome, target, instance.id, options);
    return { settlement: await withoutTrial(settlement, spec, options), abandoned: null };
  }
  const before = { ...instance, nextImage: null };
  if (instance.nextImage === null || instance.nextImage === instance.image)
    return { settlement: await bringUp(before, options, phases), abandoned: null };
  const verdict = await tryBeside(instance, options, phases.enter);
  signal.throwIfAborted();
  if (verdict.status === "unknown") return { settlement: verdict, abandoned: null };
  if (verdict.status === "refused") return givenUp(verdict.failure, await bringUp(before, options, phases));
  const settlement = await bringUp(instance, options, phases);
  if (settlement.status !== "failed") return { settlement, abandoned: null };
  phases.enter("roll-back");
  const failure: InstanceFailure = {
    code: "upgrade-failed",
    message: `The new image did not start, and the gateway was put back to the one before. ${settlement.failure.message}`,
  };
  return givenUp(failure, await bringUp({ ...before, observed: "failed" }, options, phases));
}

/** Only who sees what became of the gateway gives its upgrade up: else the notice of it would be lost. */
function givenUp(abandoned: InstanceFailure, restored: Settlement): Conclusion {
  if (restored.status === "unknown") return { settlement: restored, abandoned: null };
  if (restored.status !== "failed") return { settlement: restored, abandoned };
  const { code, message } = restored.failure;
  const failure = { code, message: `${abandoned.message} It did not come up again: ${message}` };
  return { settlement: { status: "failed", failure }, abandoned };
}

/** A worker that died on its way, or somebody behind our back, may have left a part: of a stop its secrets, of a removal data. */
async function withoutRemains(
  outcome: Outcome,
  target: "stopped" | "destroyed",
  instanceId: string,
  { driver, signal, onError }: RunOptions,
): Promise<Settlement> {
  try {
    if (outcome.status === "stopped") {
      await driver.stop(instanceId);
      await driver.rest?.(instanceId);
    }
    if (target === "destroyed" && outcome.status === "absent") await driver.destroy(instanceId);
    return settlementOf(outcome, target);
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error, onError);
  }
}

/** An upgrade that was interrupted has left its trial running: nobody wants that of a gateway that is to rest. */
async function withoutTrial(
  settlement: Settlement,
  spec: InstanceSpec,
  options: RunOptions,
): Promise<Settlement> {
  if (settlement.status === "unknown" || settlement.status === "failed") return settlement;
  const removed = await removeTrial(spec, options);
  return removed.status === "failed" || removed.status === "unknown" ? removed : settlement;
}

async function bringUp(
  instance: InstanceRecord,
  options: RunOptions,
  phases: PhaseWriter,
): Promise<Settlement> {
  const preparation = await prepared(options.prepare, instance, instance.nextImage ?? instance.image);
  if (preparation.status === "failed") return preparation;
  const { spec } = preparation;
  try {
    // A driver remembers that this revision has failed, until it has been stopped.
    if (instance.observed === "failed") await options.driver.stop(spec.id);
    const desired: DesiredState = { status: "running", revision: spec.revision };
    const ensure = (atRest: boolean) =>
      ensureInstance(spec, desired, { ...ensureOptions(options, phases), atRest });
    const outcome = await ensure(isAtRest(instance));
    if (outcome.status !== "ready" || outcome.started || instance.nextToken?.by !== "handover")
      return settlementOf(outcome, "running");
    const taken = await handOver(instance, spec, outcome.target, options);
    if (taken.status === "unknown") return taken;
    if (taken.status !== "refused")
      return settlementOf({ ...outcome, started: taken.status === "taken" }, "running");
    phases.enter("stop");
    await options.driver.stop(spec.id);
    return settlementOf(await ensure(false), "running");
  } catch (error) {
    options.signal.throwIfAborted();
    return failedBy(error, options.onError);
  }
}

/** An engine that is away says nothing of the instance: it has not failed, and its upgrade is not given up. */
function failedBy(error: unknown, report: RunOptions["onError"]): Settlement {
  return isEngineAway(error)
    ? { status: "unknown", reason: error.message }
    : { status: "failed", failure: failureOf(error, report) };
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
  const { driver, probe, resume, clock, signal, readyTimeoutMs, onError } = options;
  return {
    driver,
    probe,
    clock,
    signal,
    ...(resume ? { resume } : {}),
    ...(onError ? { onError } : {}),
    ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
    onPhase: ({ action }: { action: string }) => phases.enter(action),
  };
}

function settlementOf(outcome: Outcome, target: "running" | "stopped" | "destroyed"): Settlement {
  switch (outcome.status) {
    case "ready":
      return {
        status: "ready",
        target: outcome.target,
        containerId: outcome.containerId ?? null,
        handedOver: outcome.started,
      };
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

/**
 * Phases are for people who wait: one that cannot be written holds nothing up, one that is over before it could be written
 * is left out, and a gateway at rest is at none.
 */
function phaseWriter(instance: InstanceRecord, { database, clock }: RunOptions): PhaseWriter {
  const { id } = instance;
  let rests = isAtRest(instance);
  let writing = Promise.resolve();
  let next: Parameters<typeof recordPhase>[2] | null = null;
  async function write(): Promise<void> {
    const phase = next;
    next = null;
    if (phase) await recordPhase(database, id, phase);
  }
  return {
    enter(name) {
      rests &&= name === "await-ready";
      if (rests) return;
      const isWaiting = next !== null;
      next = { name, since: clock.now(), leaves: next?.leaves === true || LEAVES.has(name) };
      if (!isWaiting) writing = writing.then(write).catch(() => undefined);
    },
    written: () => writing,
  };
}

/** In them nobody is to be sent to the gateway. */
const LEAVES: ReadonlySet<string> = new Set(["stop", "start"]);
