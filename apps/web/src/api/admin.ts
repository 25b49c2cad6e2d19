import * as v from "valibot";
import { instance } from "./instance.ts";

const instant = v.pipe(v.string(), v.isoTimestamp());
const count = v.pipe(v.number(), v.integer());

/** One gateway with its owner; null while it waits in the warm pool. */
const adminInstance = v.pipe(
  v.object({ ...instance.entries, owner: v.nullable(v.object({ clerkId: v.string() })) }),
  v.title("AdminInstance"),
);
export type AdminInstance = v.InferOutput<typeof adminInstance>;

/** Newest first; `next` is given as `before` to get the older ones. */
export const adminInstances = v.object({ items: v.array(adminInstance), next: v.nullable(v.string()) });

export const capacity = v.pipe(
  v.object({
    running: v.pipe(count, v.description("Gateways that are wanted running.")),
    limit: v.pipe(count, v.description("How many may be; beyond it requests are answered 429.")),
    ready: count,
    stopped: count,
    failed: count,
    pooled: v.pipe(count, v.description("Started gateways that wait for an owner.")),
    poolSize: count,
  }),
  v.title("Capacity"),
);
export type Capacity = v.InferOutput<typeof capacity>;

export const queue = v.pipe(
  v.object({
    waiting: v.pipe(count, v.description("Jobs that no worker has taken yet.")),
    active: v.pipe(count, v.description("Jobs that a worker is at.")),
    unsettled: v.array(
      v.object({
        instanceId: v.string(),
        phase: v.nullable(v.string()),
        since: instant,
        attempt: count,
      }),
    ),
  }),
  v.title("Queue"),
);
export type Queue = v.InferOutput<typeof queue>;

export const failures = v.object({ items: v.array(adminInstance) });

const auditEvent = v.pipe(
  v.object({
    id: v.string(),
    at: instant,
    actor: v.pipe(v.string(), v.description("A person's id, or `system`, `webhook`.")),
    action: v.string(),
    instanceId: v.nullable(v.string()),
    subject: v.nullable(v.string()),
    detail: v.nullable(v.record(v.string(), v.unknown())),
  }),
  v.title("AuditEvent"),
);
export type AuditEvent = v.InferOutput<typeof auditEvent>;

export const auditEvents = v.object({ items: v.array(auditEvent), next: v.nullable(v.string()) });
