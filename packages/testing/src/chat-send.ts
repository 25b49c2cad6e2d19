import { readAttachments } from "./attachments.ts";
import type { Core } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import type { Reply } from "./gateway-error.ts";
import { numberAt, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { touchPresence } from "./presence.ts";
import type { Method, Request } from "./request.ts";
import { senderOf } from "./rows.ts";
import { abortRun, rememberEnd, startRun, withdraw } from "./run.ts";
import type { Attachment } from "./run-state.ts";
import { runOf } from "./run-list.ts";
import { agentOf, canonicalKey, openSession, storageKey } from "./session.ts";
import type { Session } from "./session.ts";
import { runCommand } from "./slash-commands.ts";
import { sessionChanged } from "./session-events.ts";

const STOP_WORDS = new Set(["/stop", "stop", "abort", "esc", "wait", "exit", "interrupt"]);
const CONFLICT =
  "This message ID was already used for different input. Check the conversation history and use a new message ID to send again.";

export const chatSend: Method = (request) => {
  const { core, client, params } = request;
  const sessionKey = stringAt(params, "sessionKey") ?? "";
  const message = stringAt(params, "message") ?? "";
  const runId = stringAt(params, "idempotencyKey") ?? "";
  const attachments = readAttachments(core, params["attachments"]);
  if ("error" in attachments) return invalid(attachments.error);
  if (core.version === 4 && message.trim() === "" && attachments.length === 0)
    return invalid("message or attachment required");
  const agentId = agentOf(core, canonicalKey(core, sessionKey));
  if (core.version === 4 && !core.settings.agents.some((agent) => agent.id === agentId))
    return invalid(`Agent "${agentId}" no longer exists in configuration`);

  if (STOP_WORDS.has(message.trim().toLowerCase())) return stop(core, sessionKey);
  const known = core.memory.sends.get(runId);
  if (known) {
    if (core.version === 4 && known.message !== message)
      return invalid(CONFLICT, { reason: "chat-request-conflict" });
    return reply({ runId, status: known.status });
  }
  core.memory.sends.set(runId, { message, status: "in_flight" });
  touchPresence(core, client);
  const session = openSession(core, storageKey(core, sessionKey), "send");
  session.lastInteractionAt = core.clock.now();
  session.updatedAt = core.clock.now();
  deliver(request, session, {
    runId,
    message,
    attachments,
    echoKey: core.version === 3 ? sessionKey : session.key,
  });
  return reply({ runId, status: "started" });
};

type Delivery = { runId: string; message: string; attachments: readonly Attachment[]; echoKey: string };

function deliver(
  { core, client, params }: Request,
  session: Session,
  { runId, message, attachments, echoKey }: Delivery,
): void {
  const sender = senderOf(client.clientId, client.mode);
  if (message.trim() === "" && attachments.length === 0) return emptyMessage(core, session, runId, echoKey);
  if (
    !params["suppressCommandInterpretation"] &&
    runCommand(core, { session, runId, message: message.trim(), echoKey, sender })
  )
    return;
  const running = runOf(core, session);
  if (running) return enqueue(core, session, runId, message, echoKey, stringAt(params, "queueMode"));
  const thinkingLevel = stringAt(params, "thinking");
  const timeoutMs = numberAt(params, "timeoutMs");
  session.used = true;
  session.status = "running";
  startRun(core, { runId, echoKey, session, message, attachments, sender, thinkingLevel, timeoutMs });
}

/** A message for a session whose turn is running. */
function enqueue(
  core: Core,
  session: Session,
  runId: string,
  message: string,
  echoKey: string,
  queueMode: string | undefined,
): void {
  const running = runOf(core, session);
  if (core.version === 4 && queueMode === "interrupt" && running) {
    abortRun(core, running, "rpc");
    startRun(core, { runId, echoKey, session, message, sender: running.sender });
    return;
  }
  const mode =
    core.version === 4 && (queueMode === undefined || queueMode === "steer") ? "steer" : "followup";
  const input = { id: core.random.uuid(), runId, message, acceptedAt: core.clock.now(), mode } as const;
  session.pending.push(input);
  sessionChanged(core, session, { reason: "send" });
  if (mode === "steer") {
    running?.steering.push(input);
    return;
  }
  core.later(core.settings.timing.prepareMs, () => {
    core.emit(
      "chat",
      { runId, sessionKey: echoKey, seq: 1, state: "final" },
      { scope: "operator.read", sessionKey: session.key },
    );
    rememberEnd(core, runId);
  });
}

/** Version 3 answers blanks by itself. */
function emptyMessage(core: Core, session: Session, runId: string, echoKey: string): void {
  core.later(core.settings.timing.prepareMs, () => {
    const text = "I didn't receive any text in your message. Please resend or add a caption.";
    const message: JsonObject = {
      role: "assistant",
      content: [{ type: "text", text }],
      timestamp: core.clock.now(),
      stopReason: "injected",
      usage: { input: 0, output: 0, totalTokens: 0 },
    };
    core.emit(
      "chat",
      { runId, sessionKey: echoKey, seq: 1, state: "final", message },
      { scope: "operator.read", sessionKey: session.key },
    );
    rememberEnd(core, runId);
  });
}

function stop(core: Core, sessionKey: string): Reply {
  const runs = runsOf(core, sessionKey);
  for (const run of runs) abortRun(core, run, "stop");
  return reply({ ok: true, aborted: runs.length > 0, runIds: runs.map((run) => run.runId) });
}

/** Version 3 stops no run but those that a `chat.send` began: not that of a queued message, nor one from a channel. */
const stoppable = (core: Core) =>
  [...core.memory.runs.values()].filter((run) => core.version === 4 || !run.quiet);

const runsOf = (core: Core, sessionKey: string) =>
  stoppable(core).filter(
    (run) => run.echoKey === (core.version === 3 ? sessionKey : canonicalKey(core, sessionKey)),
  );

export const chatAbort: Method = ({ core, params }) => {
  const sessionKey = stringAt(params, "sessionKey") ?? "";
  const runId = stringAt(params, "runId");
  const found = stoppable(core).filter((run) => run.runId === runId);
  if (core.version === 3 && found.some((run) => run.echoKey !== sessionKey))
    return invalid("runId does not match sessionKey");
  if (core.version === 4 && runId !== undefined && found.length === 0) {
    const session = core.disk.sessions.get(canonicalKey(core, sessionKey));
    const aborted = session !== undefined && withdraw(core, session, runId);
    return reply({ ok: true, aborted, runIds: aborted ? [runId] : [] });
  }
  const runs = runId === undefined ? runsOf(core, sessionKey) : found;
  for (const run of runs) abortRun(core, run, "rpc", runId === undefined);
  return reply({ ok: true, aborted: runs.length > 0, runIds: runs.map((run) => run.runId) });
};
