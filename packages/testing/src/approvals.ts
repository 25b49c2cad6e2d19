import type { Approval, Client, Core } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import type { Reply } from "./gateway-error.ts";
import type { JsonObject } from "./json.ts";

// No recording has approvals; shapes and texts are those of the products' sources: clawdbot 2026.1.24-3
// gateway/server-methods/exec-approval.js, openclaw 2026.9 src/gateway/server-methods/{exec-approval,approval-shared}.ts
// and src/gateway/operator-approval-session-events.ts.

const DECISIONS = ["allow-once", "allow-always", "deny"];
const PATIENCE_MS = { 3: 120_000, 4: 1_800_000 };

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
    expiresAtMs: now + (ask.timeoutMs ?? PATIENCE_MS[core.version]),
    outcome: undefined,
    decided,
  };
  core.memory.approvals.set(approval.id, approval);
  tellSession(core, approval);
  core.emit(
    "exec.approval.requested",
    { ...(core.version === 4 ? { approvalKind: "exec" } : {}), ...asked(core, approval) },
    { scope: "operator.approvals" },
  );
  core.later(approval.expiresAtMs - now, () =>
    settle(core, approval, { status: "expired", reason: "timeout" }),
  );
  return approval;
}

export function resolveApproval(core: Core, id: string, decision: string, by: string): Reply {
  if (!DECISIONS.includes(decision)) return invalid("invalid decision");
  const approval = core.memory.approvals.get(id);
  if (!approval) return unknownApproval(core);
  if (approval.outcome) {
    if (core.version === 3 || approval.outcome.decision === undefined) return unknownApproval(core);
    if (approval.outcome.decision === decision) return reply({ ok: true });
    return invalid("approval already resolved", { reason: "APPROVAL_ALREADY_RESOLVED" });
  }
  const status = decision === "deny" ? "denied" : "allowed";
  settle(core, approval, { status, reason: "user", decision });
  core.emit(
    "exec.approval.resolved",
    {
      id: approval.id,
      decision,
      resolvedBy: by,
      ts: core.clock.now(),
      ...(core.version === 4 ? { request: requestOf(core, approval) } : {}),
    },
    { scope: "operator.approvals" },
  );
  return reply({ ok: true });
}

/** Version 4: nobody needs to decide for a run that was aborted. */
export function cancelApprovals(core: Core, runId: string): void {
  if (core.version === 3) return;
  for (const approval of waiting(core))
    if (approval.runId === runId) settle(core, approval, { status: "cancelled", reason: "run-aborted" });
}

/** Version 4: what waits now, for a client that was away. */
export const listApprovals = (core: Core): Reply =>
  reply(waiting(core).map((approval) => ({ ...asked(core, approval), approvalKind: "exec" })));

export function getApproval(core: Core, id: string): Reply {
  const approval = core.memory.approvals.get(id);
  if (!approval || approval.outcome) return unknownApproval(core);
  return reply({
    id: approval.id,
    commandText: approval.command,
    commandPreview: null,
    allowedDecisions: DECISIONS,
    host: "gateway",
    nodeId: null,
    agentId: "main",
    expiresAtMs: approval.expiresAtMs,
  });
}

/** The answer to `sessions.messages.subscribe` with `includeApprovals`. */
export function approvalReplay(core: Core, client: Client, sessionKey: string): JsonObject | undefined {
  if (!mayReview(client)) return undefined;
  const approvals = waiting(core)
    .filter((approval) => approval.sessionKey === sessionKey)
    .map((approval) => ({ ...snapshot(approval), sourceSessionKey: sessionKey }));
  return { sessionKey, updatedAtMs: core.clock.now(), approvals, truncated: false };
}

const waiting = (core: Core): Approval[] =>
  [...core.memory.approvals.values()].filter((approval) => approval.outcome === undefined);

function unknownApproval(core: Core): Reply {
  if (core.version === 3) return invalid("unknown approval id");
  return invalid("unknown or expired approval id", {
    reason: "APPROVAL_NOT_FOUND",
    remediation: "Re-request the action; pending approvals are cleared after expiry or restart.",
  });
}

/** Expiry and cancellation are silent but for `session.approval`. */
function settle(core: Core, approval: Approval, outcome: Omit<NonNullable<Approval["outcome"]>, "at">): void {
  if (approval.outcome) return;
  approval.outcome = { ...outcome, at: core.clock.now() };
  tellSession(core, approval);
  approval.decided(outcome.decision ?? "deny");
}

function tellSession(core: Core, approval: Approval): void {
  if (core.version === 3) return;
  const { sessionKey, outcome } = approval;
  core.emit(
    "session.approval",
    {
      sessionKey,
      sourceSessionKey: sessionKey,
      updatedAtMs: core.clock.now(),
      phase: outcome ? "terminal" : "pending",
      approval: snapshot(approval),
    },
    {
      scope: "operator.approvals",
      only: (client) => client.watchedApprovals.has(sessionKey) && mayReview(client),
    },
  );
}

/** Reviewing takes the scope and a device; an admin needs no device. */
const mayReview = (client: Client): boolean =>
  client.scopes.includes("operator.admin") ||
  (client.scopes.includes("operator.approvals") && client.deviceId !== undefined);

const asked = (core: Core, approval: Approval): JsonObject => ({
  id: approval.id,
  request: requestOf(core, approval),
  createdAtMs: approval.createdAtMs,
  expiresAtMs: approval.expiresAtMs,
});

function requestOf(core: Core, approval: Approval): JsonObject {
  const both = {
    command: approval.command,
    cwd: "/workspace",
    host: "gateway",
    security: "allowlist",
    ask: "on-miss",
    agentId: "main",
    resolvedPath: null,
    sessionKey: approval.sessionKey,
  };
  if (core.version === 3) return both;
  return {
    ...both,
    systemRunBinding: null,
    systemRunPlan: null,
    nodeId: null,
    warningText: null,
    scope: null,
    commandAnalysis: null,
    allowedDecisions: DECISIONS,
    sessionId: null,
    runId: approval.runId ?? null,
    toolCallId: null,
    turnSourceChannel: null,
    turnSourceTo: null,
    turnSourceAccountId: null,
    turnSourceThreadId: null,
    cronExecutionSource: null,
    cronOperationBinding: null,
  };
}

/** What a reviewer may see; not the working directory. */
function snapshot(approval: Approval): JsonObject {
  const { outcome } = approval;
  return {
    id: approval.id,
    status: outcome?.status ?? "pending",
    presentation: {
      kind: "exec",
      commandText: approval.command,
      commandPreview: null,
      warningText: null,
      host: "gateway",
      nodeId: null,
      agentId: "main",
      allowedDecisions: DECISIONS,
    },
    urlPath: `/approve/${approval.id}`,
    createdAtMs: approval.createdAtMs,
    expiresAtMs: approval.expiresAtMs,
    ...(outcome
      ? {
          resolvedAtMs: outcome.at,
          reason: outcome.reason,
          ...(outcome.decision ? { decision: outcome.decision } : {}),
        }
      : {}),
  };
}
