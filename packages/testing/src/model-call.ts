import type { Core } from "./core.ts";
import { assistantRecord } from "./rows.ts";
import type { JsonObject } from "./json.ts";
import type { Run } from "./run-state.ts";
import { sessionModel } from "./session.ts";

/** What the model reads with every call. */
export const INPUT_TOKENS = 7_770;

/** Asks the model what it does next. */
export function loadSteps(core: Core, run: Run, message: string): void {
  const steps = core.settings.model({
    protocol: core.version,
    sessionKey: run.session.key,
    runId: run.runId,
    message,
    model: sessionModel(core, run.session).ref,
    thinking: run.thinkingLevel ?? run.session.settings.thinkingLevel,
    attachments: run.attachments,
    callNumber: core.modelCalls + 1,
    turns: run.session.records.flatMap((record) =>
      record.role === "user" || record.role === "assistant" ? [{ role: record.role, text: record.text }] : [],
    ),
  });
  run.steps = [...run.steps.slice(0, run.cursor), ...steps];
  countCall(core, run);
}

/** A new model call begins. */
export function countCall(core: Core, run: Run): void {
  core.modelCalls++;
  run.callNumber = core.modelCalls;
  run.callStart = run.cursor;
  run.callStartedAt = core.clock.now();
  run.segment = "";
  run.thinking = "";
}

/** What a model call said, as it is stored. */
export function answerRecord(
  core: Core,
  run: Run,
  stopReason: string,
  toolCalls: readonly { id: string; name: string; args: JsonObject }[],
  errorMessage?: string,
) {
  const model = sessionModel(core, run.session);
  const failed = errorMessage !== undefined;
  return assistantRecord(core, {
    runId: run.runId,
    thinking: run.thinking,
    text: run.segment,
    toolCalls,
    stopReason,
    ...(failed ? { errorMessage } : {}),
    input: failed ? 0 : INPUT_TOKENS,
    output: failed ? 0 : run.outputTokens,
    at: run.callStartedAt,
    provider: model.provider,
    model: model.id,
    call: run.callNumber,
  });
}
