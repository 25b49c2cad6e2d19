import type { ProtocolVersion } from "./options.ts";

const READ = new Set([
  "health",
  "logs.tail",
  "channels.status",
  "status",
  "usage.status",
  "usage.cost",
  "tts.status",
  "tts.providers",
  "models.list",
  "agents.list",
  "agent.identity.get",
  "skills.status",
  "voicewake.get",
  "sessions.list",
  "sessions.preview",
  "cron.list",
  "cron.status",
  "cron.runs",
  "system-presence",
  "last-heartbeat",
  "node.list",
  "node.describe",
  "chat.history",
]);
const WRITE = new Set([
  "send",
  "agent",
  "agent.wait",
  "wake",
  "talk.mode",
  "tts.enable",
  "tts.disable",
  "tts.convert",
  "tts.setProvider",
  "voicewake.set",
  "node.invoke",
  "chat.send",
  "chat.abort",
]);
const APPROVALS = new Set(["exec.approval.request", "exec.approval.resolve"]);
const PAIRING = new Set([
  "node.pair.request",
  "node.pair.list",
  "node.pair.approve",
  "node.pair.reject",
  "node.pair.verify",
  "device.pair.list",
  "device.pair.approve",
  "device.pair.reject",
  "device.token.rotate",
  "device.token.revoke",
  "node.rename",
]);

const READ_V4 = new Set([
  ...READ,
  "config.get",
  "commands.list",
  "chat.message.get",
  "chat.metadata",
  "chat.startup",
  "sessions.resolve",
  "sessions.describe",
  "sessions.get",
  "sessions.subscribe",
  "sessions.unsubscribe",
  "sessions.messages.subscribe",
  "sessions.messages.unsubscribe",
]);
const WRITE_V4 = new Set([...WRITE, "sessions.create", "sessions.abort", "sessions.send"]);
const APPROVALS_V4 = new Set([...APPROVALS, "exec.approval.get", "exec.approval.list"]);

const QUESTIONS_V4 = new Set(["question.list", "question.get", "question.resolve"]);

/** `sessions.patch` members that version 4 lets a writer change; all others need admin. */
const WRITER_PATCH = new Set([
  "key",
  "agentId",
  "expectedSessionId",
  "expectedLifecycleRevision",
  "expectedMarkedUnreadAt",
  "label",
  "icon",
  "color",
  "category",
  "archived",
  "pinned",
  "unread",
  "model",
  "thinkingLevel",
]);

/** The scope that `method` needs. Unknown methods need admin: authorization runs before the look-up. */
export function neededScope(version: ProtocolVersion, method: string, params: unknown): string {
  const four = version === 4;
  if (four && method === "sessions.patch") {
    const keys = typeof params === "object" && params !== null ? Object.keys(params) : [];
    return keys.every((key) => WRITER_PATCH.has(key)) ? "operator.write" : "operator.admin";
  }
  if ((four ? READ_V4 : READ).has(method)) return "operator.read";
  if ((four ? WRITE_V4 : WRITE).has(method)) return "operator.write";
  if ((four ? APPROVALS_V4 : APPROVALS).has(method)) return "operator.approvals";
  if (four && QUESTIONS_V4.has(method)) return "operator.questions";
  return PAIRING.has(method) ? "operator.pairing" : "operator.admin";
}

/** Does a connection with `granted` scopes have `needed`? Write implies read; admin implies all. */
export function hasScope(granted: readonly string[], needed: string): boolean {
  if (granted.includes("operator.admin") || granted.includes(needed)) return true;
  return needed === "operator.read" && granted.includes("operator.write");
}
