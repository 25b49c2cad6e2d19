import type { ApprovalDecision, ApprovalKind } from "./approvals.ts";
import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";
import type { QuestionAnswers } from "./questions.ts";

/**
 * `models.list`. {@link parseModels} reads the answer. Version 3 lists every bundled model, version 4 the configured ones.
 *
 * @see `ModelsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { encodeRequest, modelsList } from "@automna/protocol";
 *
 * const { method, params } = modelsList();
 * socket.send(encodeRequest("models-1", method, params)); // the answer repeats "models-1"
 * ```
 */
export function modelsList(): Call {
  return call("models.list");
}

/**
 * `agents.list`. {@link parseAgents} reads the answer; its `defaultId` is the agent of a key that names none.
 *
 * @see `AgentsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { agentsList } from "@automna/protocol";
 *
 * agentsList(); // { method: "agents.list", params: {} }
 * ```
 */
export function agentsList(): Call {
  return call("agents.list");
}

/**
 * `agent.identity.get`: name and avatar of an agent, the default one when none is named. {@link parseAgentIdentity} reads
 * the answer.
 *
 * @see `AgentIdentityParams` of the official schemas
 *
 * @example
 * ```ts
 * import { agentIdentityGet, agentOfSession } from "@automna/protocol";
 *
 * const agentId = agentOfSession("agent:ops:trip"); // "ops"
 * agentIdentityGet(agentId ?? undefined).params; // { agentId: "ops" }
 * ```
 */
export function agentIdentityGet(agentId?: string): Call {
  return call("agent.identity.get", { agentId });
}

/**
 * `commands.list`: the commands that may be typed into a message. {@link parseCommands} reads the answer. `null` on version
 * 3, which has no list; its commands are sent as messages all the same.
 *
 * @param sessionKey - for the commands of that session's agent
 * @see `CommandsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { commandsList } from "@automna/protocol";
 *
 * commandsList(4, "agent:ops:main")?.params; // { sessionKey: "agent:ops:main", scope: "text" }
 * commandsList(3); // null
 * ```
 */
export function commandsList(protocol: ProtocolVersion, sessionKey?: string): Call | null {
  return protocol === 3 ? null : call("commands.list", { sessionKey, scope: "text" });
}

/**
 * `usage.cost`: tokens and cost per day. {@link parseUsageCost} reads the answer.
 *
 * @param days - how many, today included; without it the gateway decides
 *
 * @example
 * ```ts
 * import { usageCost } from "@automna/protocol";
 *
 * usageCost(7); // { method: "usage.cost", params: { days: 7 } }
 * ```
 */
export function usageCost(days?: number): Call {
  return call("usage.cost", { days });
}

/**
 * `health`: a cheap question that every gateway answers, good to learn whether a silent connection still lives.
 * {@link parseHealth} reads the answer.
 *
 * @example
 * ```ts
 * import { encodeRequest, health } from "@automna/protocol";
 *
 * const { method, params } = health();
 * socket.send(encodeRequest(`probe-${Date.now()}`, method, params));
 * ```
 */
export function health(): Call {
  return call("health");
}

/**
 * `exec.approval.resolve`, `plugin.approval.resolve`, or `approval.resolve` for the system agent. Needs the scope
 * `operator.approvals`. `null` on version 3 for anything but a command.
 *
 * @param id - of the {@link Approval}
 * @param decision - one of its `allowedDecisions`
 * @see `ExecApprovalResolveParams` and `PluginApprovalResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { approvalResolve } from "@automna/protocol";
 *
 * approvalResolve(4, "exec", "a1", "allow-once")?.method; // "exec.approval.resolve"
 * approvalResolve(3, "plugin", "a1", "deny"); // null
 * ```
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

/**
 * `exec.approval.list` or `plugin.approval.list`: what waits already, for whoever connects later than it was asked.
 * {@link parseApprovalList} reads the answer. `null` on version 3, which cannot say.
 *
 * @example
 * ```ts
 * import { approvalList } from "@automna/protocol";
 *
 * const calls = (["exec", "plugin"] as const).map((kind) => approvalList(4, kind)?.method);
 * calls; // ["exec.approval.list", "plugin.approval.list"]
 * ```
 */
export function approvalList(protocol: ProtocolVersion, kind: "exec" | "plugin"): Call | null {
  return protocol === 3 ? null : call(`${kind}.approval.list`);
}

/**
 * `question.list`: the questions that wait for a person. {@link parseQuestionList} reads the answer. `null` on version 3,
 * whose agents ask none.
 *
 * @see `QuestionListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionList } from "@automna/protocol";
 *
 * questionList(4); // { method: "question.list", params: {} }
 * ```
 */
export function questionList(protocol: ProtocolVersion): Call | null {
  return protocol === 3 ? null : call("question.list");
}

/**
 * `question.resolve` with answers: labels of options, or free text where `isOther`. `null` on version 3.
 *
 * @param id - of the {@link QuestionRequest}
 * @see `QuestionResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionAnswer } from "@automna/protocol";
 *
 * const answers = { size: ["big"], extras: ["cheese", "olives"] }; // by `questionId`
 * questionAnswer(4, "q1", answers)?.params["answers"]; // { answers: { size: ["big"], extras: ["cheese", "olives"] } }
 * ```
 */
export function questionAnswer(protocol: ProtocolVersion, id: string, answers: QuestionAnswers): Call | null {
  return protocol === 3 ? null : call("question.resolve", { id, answers: { answers } });
}

/**
 * `question.resolve` without an answer: the agent goes on and decides for itself. `null` on version 3.
 *
 * @see `QuestionResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionCancel } from "@automna/protocol";
 *
 * questionCancel(4, "q1")?.params; // { id: "q1", cancel: true }
 * ```
 */
export function questionCancel(protocol: ProtocolVersion, id: string): Call | null {
  return protocol === 3 ? null : call("question.resolve", { id, cancel: true });
}

/**
 * `artifacts.list`: the files of a session, or of one run. {@link parseArtifacts} reads the answer. `null` on version 3.
 *
 * @see `ArtifactsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { artifactsList } from "@automna/protocol";
 *
 * artifactsList(4, "agent:main:trip", "k1")?.params; // { sessionKey: "agent:main:trip", runId: "k1" }
 * artifactsList(3, "agent:main:trip"); // null
 * ```
 */
export function artifactsList(protocol: ProtocolVersion, sessionKey: string, runId?: string): Call | null {
  return protocol === 3 ? null : call("artifacts.list", { sessionKey, runId });
}

/**
 * `artifacts.download`: the content, or a link that expires. {@link parseArtifactDownload} reads the answer. `null` on
 * version 3.
 *
 * @param artifactId - `id` of an {@link ArtifactSummary}, or `artifactId` of an image block
 * @see `ArtifactsDownloadParams` of the official schemas
 *
 * @example
 * ```ts
 * import { artifactsDownload, readContent } from "@automna/protocol";
 *
 * const image = readContent([{ type: "image", mimeType: "image/png", artifactId: "art-1" }])[0];
 * const id = image?.type === "image" ? image.artifactId : undefined;
 * const call = id === undefined ? null : artifactsDownload(4, "agent:main:trip", id);
 * call?.params; // { sessionKey: "agent:main:trip", artifactId: "art-1" }
 * ```
 */
export function artifactsDownload(
  protocol: ProtocolVersion,
  sessionKey: string,
  artifactId: string,
): Call | null {
  return protocol === 3 ? null : call("artifacts.download", { sessionKey, artifactId });
}
