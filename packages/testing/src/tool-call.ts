import { askApproval } from "./approvals.ts";
import type { Core } from "./core.ts";
import { toolResultRecord } from "./rows.ts";
import { plainJson } from "./json.ts";
import type { Run } from "./run-state.ts";
import type { ToolStep } from "./script.ts";
import { store } from "./session-events.ts";
import { voiceOf } from "./voice-of.ts";
import type { ToolCall } from "./voice.ts";

const COMMAND_TOOLS = new Set(["exec", "bash", "process"]);

/** Runs one tool call on the clock and stores its result; then the model is called again. */
export function runTool(core: Core, run: Run, step: ToolStep, toolCallId: string, done: () => void): void {
  const args = plainJson(step.args);
  const command = typeof args["command"] === "string" ? args["command"] : "";
  const call: ToolCall = {
    toolCallId,
    name: step.name,
    args,
    meta: command,
    startedAt: core.clock.now(),
    command: COMMAND_TOOLS.has(step.name),
  };
  const voice = voiceOf(core);
  voice.toolStarted(core, run, call);

  const end = (text: string, isError: boolean) => {
    const durationMs = core.clock.now() - call.startedAt;
    voice.toolEnded(core, run, call, { text, isError, durationMs });
    const details = {
      status: "completed",
      exitCode: isError ? 1 : 0,
      durationMs,
      aggregated: text,
      cwd: "/workspace",
    };
    store(
      core,
      run.session,
      toolResultRecord(core, {
        runId: run.runId,
        toolCallId,
        toolName: step.name,
        text,
        isError,
        details,
        at: core.clock.now(),
      }),
    );
    done();
  };
  const execute = () => {
    const pieces = step.partial ?? (step.result ? [step.result] : []);
    const each = (step.ms ?? 20) / (pieces.length + 1);
    let shown = "";
    const next = (index: number) => {
      const piece = pieces[index];
      if (piece === undefined) return end(step.result ?? "", step.isError ?? false);
      shown += piece;
      voice.toolOutput(core, run, call, shown);
      run.timer = core.later(each, () => next(index + 1));
    };
    run.timer = core.later(each, () => next(0));
  };

  if (!step.needsApproval) return execute();
  askApproval(
    core,
    { sessionKey: run.session.key, runId: run.runId, command: command || step.name },
    (decision) => {
      if (run.phase === "ended") return;
      if (decision === "deny") end(`${step.name} was denied.`, true);
      else execute();
    },
  );
}
