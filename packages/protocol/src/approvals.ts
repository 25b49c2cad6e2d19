import * as v from "valibot";

import { isRecord } from "./frames.ts";
import { optionalNumber, optionalText, parseWith, type Parsed } from "./parsed.ts";

/** What a person may answer to a request of the agent. */
export type ApprovalDecision = "allow-once" | "allow-always" | "deny";

/** Who asks: a command that would run, or a plugin's action. */
export type ApprovalKind = "exec" | "plugin";

/** A request of the agent that waits for a person. */
export type ApprovalRequest = {
  id: string;
  kind: ApprovalKind;
  sessionKey?: string;
  /** What would happen, in the gateway's words. */
  title: string;
  /** The command, for `exec`. */
  command?: string;
  detail?: string;
  /** Milliseconds since the epoch. */
  createdAtMs?: number;
  expiresAtMs?: number;
};

const requestSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  request: v.fallback(v.record(v.string(), v.unknown()), {}),
  createdAtMs: optionalNumber,
  expiresAtMs: optionalNumber,
});

function text(source: Record<string, unknown>, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = source[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

/** Reads the payload of `exec.approval.requested` and `plugin.approval.requested`, and one item of their lists. */
export function parseApprovalRequest(kind: ApprovalKind, payload: unknown): Parsed<ApprovalRequest> {
  const parsed = parseWith(requestSchema, payload);
  if (!parsed.ok) return parsed;
  const { id, request, createdAtMs, expiresAtMs } = parsed.value;
  const command = text(request, "commandText", "command");
  return {
    ok: true,
    value: {
      id,
      kind,
      sessionKey: text(request, "sessionKey"),
      title: text(request, "title", "toolName") ?? command ?? id,
      command,
      detail: text(request, "description", "warningText", "cwd"),
      createdAtMs,
      expiresAtMs,
    },
  };
}

/** Reads the answer of `exec.approval.list` and `plugin.approval.list`; items that cannot be read are left out. */
export function parseApprovalList(kind: ApprovalKind, payload: unknown): ApprovalRequest[] {
  const source = isRecord(payload) ? (payload["approvals"] ?? payload["items"]) : payload;
  if (!Array.isArray(source)) return [];
  return source.flatMap((item) => {
    const parsed = parseApprovalRequest(kind, item);
    return parsed.ok ? parsed.value : [];
  });
}

const resolvedSchema = v.object({ id: v.pipe(v.string(), v.nonEmpty()), decision: optionalText });

/** Reads the payload of `exec.approval.resolved` and `plugin.approval.resolved`. */
export function parseApprovalResolved(payload: unknown): Parsed<{ id: string; decision?: string }> {
  return parseWith(resolvedSchema, payload);
}
