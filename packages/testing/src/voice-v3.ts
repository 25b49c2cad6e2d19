import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import type { Run } from "./run-state.ts";
import { textMessage } from "./voice.ts";
import type { ToolCall, Voice } from "./voice.ts";

function agent(core: Core, run: Run, stream: string, data: JsonObject, heard = true): void {
  run.seq++;
  if (!heard) return;
  core.emit("agent", {
    runId: run.runId,
    stream,
    data,
    sessionKey: run.echoKey,
    seq: run.seq,
    ts: core.clock.now(),
  });
}

function chat(core: Core, run: Run, body: JsonObject): void {
  core.emit("chat", { runId: run.runId, sessionKey: run.echoKey, seq: run.seq, ...body });
}

/** Version 3 sends tool events only while the session's verbose level is exactly "on". */
const toolsHeard = (run: Run): boolean => run.session.settings.verboseLevel === "on";

function final(core: Core, run: Run): void {
  agent(core, run, "lifecycle", { phase: "end", endedAt: core.clock.now() });
  chat(core, run, { state: "final", ...(run.segment ? { message: textMessage(core, run.segment) } : {}) });
}

const tool = (call: ToolCall): JsonObject => ({ name: call.name, toolCallId: call.toolCallId });

/** Clawdbot 2026.1.24-3. */
export const voiceV3: Voice = {
  prepare(core, run, begin) {
    run.timer = core.later(core.settings.timing.prepareMs, begin);
  },
  started(core, run) {
    agent(core, run, "lifecycle", { phase: "start", startedAt: run.startedAt ?? core.clock.now() });
  },
  text(core, run, piece) {
    agent(core, run, "assistant", { text: run.segment, delta: piece });
    const now = core.clock.now();
    if (now - run.voice.lastAt < core.settings.timing.deltaMs) return;
    run.voice.lastAt = now;
    chat(core, run, { state: "delta", message: textMessage(core, run.segment) });
  },
  thought() {},
  beforeTool() {},
  toolStarted(core, run, call) {
    agent(core, run, "tool", { phase: "start", ...tool(call), args: call.args }, toolsHeard(run));
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
    agent(
      core,
      run,
      "tool",
      {
        phase: "update",
        ...tool(call),
        partialResult: { content: [{ type: "text", text: output }], details },
      },
      toolsHeard(run),
    );
  },
  toolEnded(core, run, call, result) {
    const details = {
      status: "completed",
      exitCode: result.isError ? 1 : 0,
      durationMs: result.durationMs,
      aggregated: result.text,
      cwd: "/workspace",
    };
    const body = { content: [{ type: "text", text: result.text }], details };
    agent(
      core,
      run,
      "tool",
      { phase: "result", ...tool(call), meta: call.meta, isError: result.isError, result: body },
      toolsHeard(run),
    );
  },
  nextCall() {},
  callEnded() {},
  askAgain(_core, _run, again) {
    again();
  },
  consumed() {},
  attemptFailed() {},
  retrying() {},
  retry(_core, _run, _hadText, again) {
    again();
  },
  failureRecord: (_core, _run, _failure, plain) => plain(),
  failed: final,
  finished: final,
  aborted(core, run, reason) {
    run.seq++;
    chat(core, run, { state: "aborted", stopReason: reason });
  },
};
