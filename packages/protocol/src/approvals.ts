import { isRecord } from "./frames.ts";
import {
  identifier,
  object,
  oneOf,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
  type Value,
} from "./parsed.ts";

/** What a person can answer. */
export type ApprovalDecision = "allow-once" | "allow-always" | "deny";

/** Who asks: a command (`exec`), a plugin, or the gateway's own agent. */
export type ApprovalKind = "exec" | "plugin" | "system-agent";

/** Where a request stands. Only `pending` can still be answered. */
export type ApprovalStatus = "pending" | "allowed" | "denied" | "expired" | "cancelled";

/** Something that an agent wants to do and may not without a person. */
export type Approval = {
  id: string;
  kind: ApprovalKind;
  status: ApprovalStatus;
  /** The command, or the plugin's title. */
  title: string;
  description?: string;
  detail?: string;
  warning?: string;
  severity?: string;
  cwd?: string;
  host?: string;
  agentId?: string;
  sessionKey?: string;
  toolName?: string;
  allowedDecisions: ApprovalDecision[];
  decision?: ApprovalDecision;
  /** Milliseconds since the epoch, the gateway's clock; so is `expiresAtMs`. */
  createdAtMs?: number;
  /** Absent: it waits until somebody answers. */
  expiresAtMs?: number;
};

/** An approval that was asked for or settled. */
export type ApprovalEvent =
  | { phase: "requested"; approval: Approval }
  | { phase: "resolved"; id: string; kind: ApprovalKind; decision?: ApprovalDecision; resolvedBy?: string };

const DECISIONS = ["allow-once", "allow-always", "deny"] as const;
const KINDS = ["exec", "plugin", "system-agent"] as const;
const STATUSES = ["pending", "allowed", "denied", "expired", "cancelled"] as const;

const decision = optionalOf(oneOf(DECISIONS));

/** The fields of `request` (live events) and `presentation` (snapshots): both versions, all kinds. */
const subjectSchema = object({
  kind: optionalOf(oneOf(KINDS)),
  command: optionalText,
  commandText: optionalText,
  title: optionalText,
  description: optionalText,
  detail: optionalText,
  warningText: optionalText,
  severity: optionalText,
  cwd: optionalText,
  host: optionalText,
  agentId: optionalText,
  sessionKey: optionalText,
  toolName: optionalText,
  allowedDecisions: optionalListOf(oneOf(DECISIONS)),
});

const recordSchema = object({
  id: identifier,
  request: optionalOf(subjectSchema),
  presentation: optionalOf(subjectSchema),
  status: withDefault(oneOf(STATUSES), "pending"),
  decision,
  sourceSessionKey: optionalText,
  createdAtMs: optionalNumber,
  expiresAtMs: optionalNumber,
});

function toApproval(record: Value<typeof recordSchema>, kind: ApprovalKind): Approval {
  const subject = record.presentation ?? record.request;
  const allowed = subject?.allowedDecisions ?? [];
  return {
    id: record.id,
    kind: subject?.kind ?? kind,
    status: record.status,
    title: subject?.commandText ?? subject?.command ?? subject?.title ?? "",
    description: subject?.description,
    detail: subject?.detail,
    warning: subject?.warningText,
    severity: subject?.severity,
    cwd: subject?.cwd,
    host: subject?.host,
    agentId: subject?.agentId,
    sessionKey: subject?.sessionKey ?? record.sourceSessionKey,
    toolName: subject?.toolName,
    allowedDecisions: allowed.length > 0 ? allowed : [...DECISIONS],
    decision: record.decision,
    createdAtMs: record.createdAtMs,
    expiresAtMs: record.expiresAtMs,
  };
}

/**
 * Reads one approval: a live event, an item of `exec.approval.list` or `plugin.approval.list`, or a version 4 snapshot.
 * Times are milliseconds since the epoch, by the gateway's clock. Where the gateway names no decisions, all three are
 * allowed. Not ok without `id`.
 *
 * @param kind - what it is when the payload does not say so
 * @see `ApprovalSnapshot` of the official schemas
 *
 * @example
 * ```ts
 * import { parseApproval } from "@automna/protocol";
 *
 * const parsed = parseApproval({ id: "a1", request: { command: "rm -r build", cwd: "/srv" }, expiresAtMs: 60_000 });
 * if (parsed.ok) parsed.value.title; // "rm -r build"
 * ```
 */
export function parseApproval(payload: unknown, kind: ApprovalKind = "exec"): Parsed<Approval> {
  const parsed = parseWith(recordSchema, payload);
  return parsed.ok ? { ok: true, value: toApproval(parsed.value, kind) } : parsed;
}

/**
 * Reads the answer to `exec.approval.list` or `plugin.approval.list`: a bare array, or one under `approvals`. Items that
 * cannot be read are left out.
 *
 * @param kind - which of the two was asked
 *
 * @example
 * ```ts
 * import { parseApprovalList } from "@automna/protocol";
 *
 * const parsed = parseApprovalList([{ id: "a1", request: { title: "Post the report" } }], "plugin");
 * if (parsed.ok) parsed.value.map((approval) => `${approval.kind}: ${approval.title}`); // ["plugin: Post the report"]
 * ```
 */
export function parseApprovalList(payload: unknown, kind: ApprovalKind): Parsed<Approval[]> {
  const items = isRecord(payload) ? (payload["approvals"] ?? payload["items"]) : payload;
  if (!Array.isArray(items)) return { ok: false, reason: "not a list of approvals" };
  const approvals = items.flatMap((item) => {
    const parsed = parseApproval(item, kind);
    return parsed.ok ? parsed.value : [];
  });
  return { ok: true, value: approvals };
}

function parseResolved(payload: unknown, kind: ApprovalKind): Parsed<ApprovalEvent> {
  const parsed = parseWith(object({ id: text, decision, resolvedBy: optionalText }), payload);
  return parsed.ok ? { ok: true, value: { phase: "resolved", kind, ...parsed.value } } : parsed;
}

function parseSessionApproval(payload: unknown): Parsed<ApprovalEvent> {
  const parsed = parseWith(
    object({ phase: text, sessionKey: optionalText, approval: recordSchema }),
    payload,
  );
  if (!parsed.ok) return parsed;
  const { phase, sessionKey, approval } = parsed.value;
  const subject = toApproval(approval, "exec");
  if (phase === "pending") {
    return {
      ok: true,
      value: { phase: "requested", approval: { ...subject, sessionKey: sessionKey ?? subject.sessionKey } },
    };
  }
  return {
    ok: true,
    value: { phase: "resolved", id: subject.id, kind: subject.kind, decision: subject.decision },
  };
}

/** The events that {@link parseApprovalEvent} reads. */
export type ApprovalEventName =
  | `${"exec" | "plugin"}.approval.${"requested" | "resolved"}`
  | "session.approval";

/**
 * Reads the payload of an approval event of either version: it says that something was asked for, or that it was settled,
 * by whomever. `session.approval` (version 4) says both.
 *
 * @param event - the frame's `event`
 * @see `SessionApprovalEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseApprovalEvent } from "@automna/protocol";
 *
 * const parsed = parseApprovalEvent("exec.approval.resolved", { id: "a1", decision: "deny" });
 * if (parsed.ok) parsed.value; // { phase: "resolved", id: "a1", kind: "exec", decision: "deny" }
 * ```
 */
export function parseApprovalEvent(event: ApprovalEventName, payload: unknown): Parsed<ApprovalEvent> {
  if (event === "session.approval") return parseSessionApproval(payload);
  const kind = event.startsWith("plugin") ? "plugin" : "exec";
  if (event.endsWith("resolved")) return parseResolved(payload, kind);
  const parsed = parseApproval(payload, kind);
  return parsed.ok ? { ok: true, value: { phase: "requested", approval: parsed.value } } : parsed;
}
