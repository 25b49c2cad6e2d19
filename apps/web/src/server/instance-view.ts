import { type InstanceLimits, isAtRest } from "@automna/control-plane";
import type { InstanceRecord } from "@automna/control-plane/database";
import type { Instance } from "../api/instance.ts";
import { monthlyCost } from "./cost.ts";

/**
 * An instance as its owner may see it.
 *
 * @param usual What it may use unless its row says otherwise.
 */
export function instanceView(record: InstanceRecord, now: number, usual: InstanceLimits | null): Instance {
  const { id, desired, observed, product, driver, image, subdomain, stopReason, phase } = record;
  const limits = record.limits ?? usual;
  return {
    id,
    state: stateOf(record),
    desired,
    observed,
    phase: phase && {
      name: phase.name,
      since: phase.since.toISOString(),
      elapsedMs: Math.max(0, now - phase.since.getTime()),
    },
    rotating: record.nextToken?.by === "restart",
    upgrading: record.nextImage !== null && desired === "running",
    product,
    driver,
    image,
    subdomain,
    dashboardUrl: `/i/${id}/`,
    limits,
    cost: limits && monthlyCost(limits),
    stopReason,
    readySince: iso(record.readySince),
    lastActivityAt: iso(record.lastActivityAt),
    createdAt: record.createdAt.toISOString(),
    // Nothing is tried at that time where the gateway was ready: its next look comes with the rounds.
    failure: record.failure && { ...record.failure, retryAt: isAtRest(record) ? null : iso(record.retryAt) },
    deletedAt: iso(record.deletedAt),
    purgeAfter: iso(record.purgeAfter),
  };
}

/** The two truths in one word. */
export function stateOf({
  desired,
  observed,
  generation,
  settledGeneration,
  phase,
}: InstanceRecord): Instance["state"] {
  if (desired === "destroyed") return "deleted";
  if (desired === "stopped") return observed === "ready" ? "provisioning" : "stopped";
  const settled = settledGeneration >= generation && phase === null;
  if (settled && (observed === "ready" || observed === "failed")) return observed;
  return "provisioning";
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
