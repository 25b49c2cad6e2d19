import * as v from "valibot";

const instant = v.pipe(v.string(), v.isoTimestamp());
const bytes = v.pipe(v.number(), v.description("Bytes."));

/** 24 lower-case hex characters; nothing else is looked up. */
const instanceId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/));

const limits = v.object({
  memory: v.optional(bytes),
  cpus: v.optional(v.number()),
  pids: v.optional(v.number()),
  disk: v.optional(bytes),
});

const range = v.object({ from: v.number(), to: v.number() });

/** One gateway, as its owner may see it. Holds no secret. */
export const instance = v.pipe(
  v.object({
    id: instanceId,
    state: v.pipe(
      v.picklist(["provisioning", "ready", "stopped", "failed", "deleted"]),
      v.description("What a person would say of it; `desired` and `observed` are the two truths behind it."),
    ),
    desired: v.picklist(["running", "stopped", "destroyed"]),
    observed: v.picklist(["unknown", "absent", "stopped", "running", "restarting", "failed", "ready"]),
    phase: v.nullable(
      v.object({
        name: v.pipe(
          v.string(),
          v.description("The step that is being taken: `prepare`, `pull`, `start` …."),
        ),
        since: instant,
        elapsedMs: v.number(),
      }),
    ),
    rotating: v.boolean(),
    upgrading: v.boolean(),
    product: v.picklist(["openclaw", "clawdbot", "demo"]),
    driver: v.picklist(["process", "docker", "swarm"]),
    image: v.nullable(v.string()),
    subdomain: v.string(),
    dashboardUrl: v.pipe(v.string(), v.description("The gateway's own pages, relative to the app.")),
    limits: v.nullable(limits),
    cost: v.nullable(
      v.pipe(
        v.object({ idle: range, active: range }),
        v.description("What the limits cost in US dollars a month, roughly; null without limits."),
      ),
    ),
    stopReason: v.nullable(v.picklist(["owner", "idle", "operator"])),
    readySince: v.nullable(instant),
    lastActivityAt: v.nullable(instant),
    createdAt: instant,
    failure: v.nullable(
      v.object({
        code: v.string(),
        message: v.pipe(v.string(), v.description("What happened and what to do next.")),
        retryAt: v.nullable(instant),
      }),
    ),
    deletedAt: v.nullable(instant),
    purgeAfter: v.nullable(v.pipe(instant, v.description("Its data is kept until then."))),
  }),
  v.title("Instance"),
);
export type Instance = v.InferOutput<typeof instance>;

/** What `GET /api/instances/{id}/events` sends; the name is the SSE event's. */
export const instanceEvents = {
  /** Whenever something of it changed, and once at the beginning. */
  state: instance,
  /** Lines of the gateway's output, secrets replaced: the last ones at the beginning, then what is new. */
  log: v.object({ lines: v.array(v.string()) }),
} as const;
