import { sessionRow, spreadRow } from "./session-info.ts";
import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import type { Run } from "./run-state.ts";
import { sessionModel } from "./session.ts";
import { sessionChanged } from "./session-events.ts";
import { textMessage } from "./voice.ts";
import type { ToolCall } from "./voice.ts";

export const audience = (run: Run) => ({ scope: "operator.read", sessionKey: run.session.key });

type AgentExtras = { sessionId?: boolean; lane?: boolean; seq?: number; toolEvents?: boolean };

export function agent(
  core: Core,
  run: Run,
  stream: string,
  data: JsonObject,
  extras: AgentExtras = {},
): void {
  const seq = extras.seq ?? ++run.seq;
  const payload: JsonObject = {
    runId: run.runId,
    stream,
    data,
    sessionKey: run.echoKey,
    agentId: run.session.agentId,
    seq,
    ts: core.clock.now(),
    ...(extras.sessionId ? { sessionId: run.session.sessionId } : {}),
    ...(extras.lane && !run.resumed ? { lane: "main" } : {}),
    ...(run.resumed ? {} : { isHeartbeat: false }),
    ...(extras.toolEvents ? sessionOf(core, run) : {}),
  };
  const only = extras.toolEvents
    ? { only: (client: { caps: readonly string[] }) => client.caps.includes("tool-events") }
    : {};
  core.emit("agent", payload, { ...audience(run), ...only });
}

/** Tool events describe their session, like session events. */
function sessionOf(core: Core, run: Run): JsonObject {
  const row = { ...sessionRow(core, run.session.key, run.session), snapshotAt: core.clock.now() };
  return { session: row, ...spreadRow(row) };
}

export function chat(core: Core, run: Run, body: JsonObject, seq = run.seq): void {
  core.emit(
    "chat",
    { runId: run.runId, sessionKey: run.echoKey, agentId: run.session.agentId, seq, ...body },
    audience(run),
  );
}

export function phase(core: Core, run: Run, name: string): void {
  if (run.resumed) return;
  const seq = ++run.seq;
  if (!run.quiet) chat(core, run, { state: "status", phase: name }, seq);
  agent(core, run, "run_status", { phase: name }, { seq });
}

export function lifecycle(core: Core, run: Run, data: JsonObject, extras: AgentExtras = {}): void {
  const source = run.quiet && !extras.lane ? { completionSource: "reply-dispatch" } : {};
  agent(core, run, "lifecycle", { ...data, ...source }, { sessionId: true, ...extras });
}

export function modelPhase(core: Core, run: Run): void {
  const model = sessionModel(core, run.session);
  lifecycle(core, run, { phase: "model", provider: model.provider, model: model.id });
  sessionChanged(core, run.session, { phase: "model", runId: run.runId });
}

export const released = (core: Core, run: Run) =>
  lifecycle(core, run, { phase: "model", provider: null, model: null }, { lane: true });

/** The whole visible text so far: version 4 joins the model calls of a run. */
export const wholeText = (run: Run): string =>
  run.earlier && run.segment ? `${run.earlier}\n\n${run.segment}` : run.earlier || run.segment;

export function flushAgentText(core: Core, run: Run): void {
  const state = run.voice;
  if (state.agentLength >= run.segment.length) return;
  state.firstText ??= { seq: run.seq, ts: core.clock.now() };
  const data = {
    text: run.segment,
    delta: run.segment.slice(state.agentLength),
    itemId: `${state.itemBase}:${state.item}`,
  };
  state.agentLength = run.segment.length;
  agent(core, run, "assistant", data, { seq: run.seq });
}

export function flushChatText(core: Core, run: Run): void {
  const text = wholeText(run);
  if (text === run.voice.chatText) return;
  const deltaText = text.slice(run.voice.chatText.length);
  run.voice.chatText = text;
  chat(core, run, { state: "delta", deltaText, message: textMessage(core, text) });
}

/** Text is merged and sent at most every `deltaMs`; what is held back follows when that time is over. */
export function flushText(core: Core, run: Run): void {
  run.voice.flush = undefined;
  run.voice.lastAt = core.clock.now();
  flushAgentText(core, run);
  flushChatText(core, run);
}

export function stopFlush(core: Core, run: Run): void {
  core.cancel(run.voice.flush);
  run.voice.flush = undefined;
}

export function newCallVoice(run: Run): void {
  run.voice.item++;
  run.voice.agentLength = 0;
  run.voice.lastAt = Number.NEGATIVE_INFINITY;
}

/** What a finished run leaves for `agent.wait` and the lifecycle event. */
export function receipt(core: Core, run: Run, visible: boolean): JsonObject {
  const model = sessionModel(core, run.session);
  return {
    runId: run.runId,
    sessionId: run.session.sessionId,
    turnId: run.runId,
    requested: { provider: model.provider, model: model.id },
    effective: { provider: model.provider, model: model.id, responseModel: model.id },
    successfulToolNames: [...run.toolNames],
    rerouted: false,
    terminalDisposition: visible ? "visible" : "not-visible",
  };
}

export function finishing(core: Core, run: Run): void {
  const replay = run.toolNames.size > 0 ? { replayInvalid: true } : {};
  lifecycle(core, run, {
    phase: "finishing",
    stopReason: "stop",
    aborted: false,
    livenessState: "working",
    ...replay,
    endedAt: core.clock.now(),
  });
}

export function observation(core: Core, run: Run, words: { reason: string; kind: string }): JsonObject {
  const model = sessionModel(core, run.session);
  return {
    provider: model.provider,
    model: model.id,
    failoverReason: words.reason,
    providerRuntimeFailureKind: words.kind,
  };
}

/** `exec` and its kin run a command; their output is streamed as `command_output`. */
export function item(call: ToolCall, state: JsonObject): JsonObject {
  const command: JsonObject = call.command ? { meta: call.meta, commandBearing: true } : {};
  const title = `${call.name.charAt(0).toUpperCase()}${call.name.slice(1)} ${call.meta}`.trim();
  return {
    itemId: `tool:${call.toolCallId}`,
    toolCallId: call.toolCallId,
    name: call.name,
    kind: "tool",
    title,
    ...command,
    ...state,
  };
}

export function commandOutput(core: Core, run: Run, call: ToolCall, data: JsonObject): void {
  if (!call.command) return;
  const head = {
    itemId: `command:${call.toolCallId}`,
    title: `command ${call.meta}`,
    toolCallId: call.toolCallId,
    name: call.name,
  };
  agent(core, run, "command_output", { ...head, ...data });
}

export function finalChat(core: Core, run: Run): void {
  const text = wholeText(run);
  const message = text ? { message: textMessage(core, text) } : {};
  if (!run.quiet) return chat(core, run, { state: "final", stopReason: "stop", ...message });
  // A run that no chat.send of a client started ends with one number more and without an agent id.
  const rich = text
    ? {
        message: {
          ...textMessage(core, text),
          text,
          stopReason: "stop",
          usage: { input: 0, output: 0, totalTokens: 0 },
        },
      }
    : {};
  const payload = {
    runId: run.runId,
    sessionKey: run.echoKey,
    seq: ++run.seq,
    state: "final",
    ...rich,
    stopReason: "stop",
  };
  core.emit("chat", payload, audience(run));
}

/** OpenClaw 2026.9.6. */
