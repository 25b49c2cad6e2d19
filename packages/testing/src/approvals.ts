import type { Approval, Core } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import type { Reply } from "./gateway-error.ts";
import type { JsonObject } from "./json.ts";

const DECISIONS = ["allow-once", "allow-always", "deny"];

type Ask = { sessionKey: string; runId: string | undefined; command: string; timeoutMs?: number };

/** Asks the operators with the approvals scope; nobody answering in time is a denial. */
export function askApproval(core: Core, ask: Ask, decided: (decision: string) => void): Approval {
  const now = core.clock.now();
  const approval: Approval = {
    id: core.random.uuid(),
    sessionKey: ask.sessionKey,
    runId: ask.runId,
    command: ask.command,
    createdAtMs: now,
    expiresAtMs: now + (ask.timeoutMs ?? 120_000),
    decided,
  };
  core.memory.approvals.set(approval.id, approval);
  core.emit("exec.approval.requested", snapshot(approval), { scope: "operator.approvals" });
  core.later(approval.expiresAtMs - now, () => decide(core, approval, "deny", null));
  return approval;
}

function snapshot(approval: Approval): JsonObject {
  const request = {
    command: approval.command,
    cwd: "/workspace",
    host: "gateway",
    security: "allowlist",
    ask: "on-miss",
    agentId: "main",
    resolvedPath: null,
    sessionKey: approval.sessionKey,
  };
  return { id: approval.id, request, createdAtMs: approval.createdAtMs, expiresAtMs: approval.expiresAtMs };
}

function decide(core: Core, approval: Approval, decision: string, resolvedBy: string | null): void {
  if (!core.memory.approvals.delete(approval.id)) return;
  core.emit(
    "exec.approval.resolved",
    { id: approval.id, decision, resolvedBy, ts: core.clock.now() },
    { scope: "operator.approvals" },
  );
  approval.decided(decision);
}

export function resolveApproval(core: Core, id: string, decision: string, by: string): Reply {
  if (!DECISIONS.includes(decision)) return invalid("invalid decision");
  const approval = core.memory.approvals.get(id);
  if (!approval) return invalid("unknown approval id");
  decide(core, approval, decision, by);
  return reply({ ok: true });
}

/** Version 4: what waits now, for a client that was away. */
export const listApprovals = (core: Core): Reply => reply([...core.memory.approvals.values()].map(snapshot));

export function getApproval(core: Core, id: string): Reply {
  const approval = core.memory.approvals.get(id);
  return approval ? reply(snapshot(approval)) : invalid("unknown approval id");
}
