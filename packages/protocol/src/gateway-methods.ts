import type { ApprovalDecision, ApprovalKind, QuestionAnswers } from "./approvals.ts";
import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";

/** `models.list`. */
export function modelsList(): Call {
  return call("models.list");
}

/** `agents.list`. */
export function agentsList(): Call {
  return call("agents.list");
}

/** `agent.identity.get`: name and avatar of an agent, the default one when none is named. */
export function agentIdentityGet(agentId?: string): Call {
  return call("agent.identity.get", { agentId });
}

/** `commands.list`. Version 3 has no list; its commands are sent as messages all the same. */
export function commandsList(protocol: ProtocolVersion, sessionKey?: string): Call | null {
  return protocol === 3 ? null : call("commands.list", { sessionKey, scope: "text" });
}

/** `usage.cost`: tokens and cost per day. */
export function usageCost(days?: number): Call {
  return call("usage.cost", { days });
}

/** `health`: a cheap question that every gateway answers. */
export function health(): Call {
  return call("health");
}

/**
 * `exec.approval.resolve`, `plugin.approval.resolve`, or `approval.resolve` for the system agent. Version 3 knows
 * commands only.
 */
export function approvalResolve(
  protocol: ProtocolVersion,
  kind: ApprovalKind,
  id: string,
  decision: ApprovalDecision,
): Call | null {
  if (protocol === 3 && kind !== "exec") return null;
  if (kind === "system-agent") return call("approval.resolve", { id, kind, decision });
  return call(`${kind}.approval.resolve`, { id, decision });
}

/** `exec.approval.list` or `plugin.approval.list`: what waits already. Version 3 cannot say. */
export function approvalList(protocol: ProtocolVersion, kind: "exec" | "plugin"): Call | null {
  return protocol === 3 ? null : call(`${kind}.approval.list`);
}

/** `question.list`: the questions that wait for a person. */
export function questionList(protocol: ProtocolVersion): Call | null {
  return protocol === 3 ? null : call("question.list");
}

/** `question.resolve` with answers. */
export function questionAnswer(protocol: ProtocolVersion, id: string, answers: QuestionAnswers): Call | null {
  return protocol === 3 ? null : call("question.resolve", { id, answers: { answers } });
}

/** `question.resolve` without an answer. */
export function questionCancel(protocol: ProtocolVersion, id: string): Call | null {
  return protocol === 3 ? null : call("question.resolve", { id, cancel: true });
}

/** `artifacts.list`: the files of a session, or of one run. */
export function artifactsList(protocol: ProtocolVersion, sessionKey: string, runId?: string): Call | null {
  return protocol === 3 ? null : call("artifacts.list", { sessionKey, runId });
}

/** `artifacts.download`: the content, or a link that expires. */
export function artifactsDownload(
  protocol: ProtocolVersion,
  sessionKey: string,
  artifactId: string,
): Call | null {
  return protocol === 3 ? null : call("artifacts.download", { sessionKey, artifactId });
}
