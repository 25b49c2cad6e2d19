import type { JsonObject } from "./json.ts";
import { failuresV4 } from "./failures-v4.ts";
import { injectedMessage, injectedRecord } from "./rows.ts";
import { sessionChanged, store } from "./session-events.ts";
import { textMessage } from "./voice.ts";
import type { Voice } from "./voice.ts";
import {
  agent,
  audience,
  chat,
  commandOutput,
  finalChat,
  finishing,
  flushAgentText,
  flushChatText,
  flushText,
  item,
  lifecycle,
  modelPhase,
  newCallVoice,
  phase,
  receipt,
  released,
  stopFlush,
  wholeText,
} from "./events-v4.ts";

export const voiceV4: Voice = {
  ...failuresV4,
  prepare(core, run, begin) {
    const { prepareMs } = core.settings.timing;
    run.timer = core.later(prepareMs, () => {
      sessionChanged(core, run.session, { reason: "participants" });
      sessionChanged(core, run.session, { reason: "send" });
      phase(core, run, "preparing_workspace");
      phase(core, run, "preparing_context");
      run.timer = core.later(prepareMs, begin);
    });
  },
  started(core, run) {
    // A resumed run is first heard of when the model is called.
    if (run.resumed) run.seq++;
    else lifecycle(core, run, { phase: "start", startedAt: run.startedAt ?? core.clock.now() });
    sessionChanged(core, run.session, { phase: "start", runId: run.runId });
    phase(core, run, "starting_model");
    modelPhase(core, run);
  },
  text(core, run) {
    run.seq++;
    if (run.voice.flush !== undefined) return;
    const wait = run.voice.lastAt + core.settings.timing.deltaMs - core.clock.now();
    if (wait <= 0) return flushText(core, run);
    run.voice.flush = core.later(wait, () => flushText(core, run));
  },
  thought(core, run, piece) {
    if (run.session.settings.reasoningLevel === "stream")
      agent(core, run, "thinking", { text: run.thinking, delta: piece });
  },
  beforeTool(core, run) {
    stopFlush(core, run);
    flushAgentText(core, run);
    const preamble = {
      kind: "preamble",
      title: "Preamble",
      progressText: run.segment,
      itemId: `commentary-0-${core.random.hex(24)}`,
    };
    if (run.segment) agent(core, run, "item", { ...preamble, phase: "update" });
    agent(core, run, "usage", { outputTokens: run.outputTokens });
    if (run.segment) agent(core, run, "item", { ...preamble, phase: "end" });
  },
  toolStarted(core, run, call) {
    agent(core, run, "item", item(call, { phase: "start", status: "running", startedAt: call.startedAt }));
    agent(
      core,
      run,
      "tool",
      { phase: "start", name: call.name, toolCallId: call.toolCallId, args: call.args },
      { toolEvents: true },
    );
  },
  toolOutput(core, run, call, output) {
    const details = {
      status: "running",
      sessionId: "fake-shell",
      pid: 1,
      startedAt: call.startedAt,
      cwd: "/workspace",
      tail: output,
    };
    const partialResult = { content: [{ type: "text", text: output }], details };
    agent(
      core,
      run,
      "tool",
      { phase: "update", name: call.name, toolCallId: call.toolCallId, partialResult },
      { toolEvents: true },
    );
    agent(core, run, "item", item(call, { phase: "update", status: "running" }));
    commandOutput(core, run, call, { phase: "delta", output: output.trimEnd(), status: "running" });
  },
  toolEnded(core, run, call, result) {
    const status = result.isError ? "failed" : "completed";
    const exitCode = result.isError ? 1 : 0;
    const exit = {
      exitCode,
      exitSignal: null,
      exitReason: "exit",
      durationMs: result.durationMs,
      aggregated: result.text,
      noOutputTimedOut: false,
      cwd: "/workspace",
    };
    const body = { content: [{ type: "text", text: result.text }], details: { status, ...exit } };
    const extra: JsonObject = call.command ? { commandBearing: true } : {};
    const data = {
      phase: "result",
      name: call.name,
      toolCallId: call.toolCallId,
      meta: call.meta,
      isError: result.isError,
      ...extra,
      result: body,
    };
    agent(core, run, "tool", data, { toolEvents: true });
    agent(
      core,
      run,
      "item",
      item(call, { phase: "end", status, startedAt: call.startedAt, endedAt: core.clock.now() }),
    );
    commandOutput(core, run, call, {
      phase: "end",
      output: result.text,
      status,
      exitCode,
      durationMs: result.durationMs,
      cwd: "/workspace",
    });
  },
  nextCall(core, run) {
    newCallVoice(run);
    modelPhase(core, run);
  },
  callEnded(core, run) {
    stopFlush(core, run);
    flushAgentText(core, run);
    if (run.outputTokens > 0) agent(core, run, "usage", { outputTokens: run.outputTokens });
  },
  askAgain(core, run, again) {
    finishing(core, run);
    run.timer = core.later(core.settings.timing.prepareMs, () => {
      phase(core, run, "preparing_context");
      lifecycle(core, run, { phase: "start", startedAt: core.clock.now() });
      phase(core, run, "starting_model");
      again();
    });
  },
  consumed(core, run, runId) {
    core.emit("chat", { runId, sessionKey: run.echoKey, seq: 1, state: "final" }, audience(run));
  },
  finished(core, run) {
    finishing(core, run);
    released(core, run);
    const visible = run.segment !== "";
    const replay = run.toolNames.size > 0;
    const shown = {
      terminalReply: visible ? { disposition: "visible", text: run.segment } : { disposition: "empty" },
      terminalReceipt: receipt(core, run, visible),
    };
    lifecycle(core, run, {
      phase: "end",
      stopReason: "stop",
      aborted: false,
      livenessState: "working",
      endedAt: core.clock.now(),
      startedAt: run.startedAt ?? run.acceptedAt,
      ...(run.resumed ? {} : { replayInvalid: replay }),
      ...shown,
      executionSettled: true,
    });
    flushChatText(core, run);
    finalChat(core, run);
  },
  aborted(core, run, reason) {
    const text = wholeText(run);
    const times = { startedAt: run.startedAt ?? run.acceptedAt, endedAt: core.clock.now() };
    run.seq++;
    if (text) {
      const idempotencyKey = `${run.runId}:assistant`;
      const message = injectedMessage(core, text, {
        idempotencyKey,
        openclawAbort: { aborted: true, origin: reason, runId: run.runId },
      });
      store(core, run.session, injectedRecord(core, core.random.uuid(), message, text, { runId: run.runId }));
    }
    chat(core, run, {
      state: "aborted",
      stopReason: reason,
      ...(text ? { message: textMessage(core, text) } : {}),
    });
    lifecycle(
      core,
      run,
      { phase: "end", status: "cancelled", aborted: true, stopReason: reason, ...times },
      { seq: run.seq },
    );
    modelPhase(core, run);
    core.later(1, () => {
      released(core, run);
      lifecycle(core, run, {
        phase: "error",
        ...times,
        error: "This operation was aborted",
        aborted: true,
        stopReason: "aborted",
        executionSettled: true,
      });
    });
  },
};
