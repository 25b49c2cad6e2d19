import {
  agent,
  audience,
  chat,
  lifecycle,
  modelPhase,
  newCallVoice,
  observation,
  phase,
  receipt,
  released,
  stopFlush,
} from "./events-v4.ts";
import { objectAt, type JsonObject } from "./json.ts";
import { announcedTries, wordsOf } from "./provider-failure.ts";
import { sessionModel } from "./session.ts";
import { textMessage, type Voice } from "./voice.ts";

/** What version 4 says when the model's provider fails, and while that is tried again. */
export const failuresV4: Pick<Voice, "attemptFailed" | "retrying" | "retry" | "failureRecord" | "failed"> = {
  attemptFailed(core, run, failure) {
    stopFlush(core, run);
    const words = wordsOf(failure, sessionModel(core, run.session).ref);
    lifecycle(core, run, {
      phase: "finishing",
      error: words.message,
      errorObservation: observation(core, run, words),
      aborted: false,
      livenessState: "blocked",
      endedAt: core.clock.now(),
    });
  },
  retrying(core, run, failure, { attempt, delayMs }) {
    const tries = announcedTries(failure);
    const words = wordsOf(failure, sessionModel(core, run.session).ref);
    const seq = ++run.seq;
    const message =
      failure.status === 429
        ? `Retrying… ${attempt}/${tries}`
        : `Provider temporarily unavailable. Retrying in ${Math.max(1, Math.round(delayMs / 1000))}s (${attempt - 1}/${tries - 1}).`;
    chat(
      core,
      run,
      {
        state: "status",
        phase: "starting_model",
        // Only rate limits say in the chat that this is a retry.
        ...(failure.status === 429 ? { retry: { attempt, maxAttempts: tries, reason: words.reason } } : {}),
      },
      seq,
    );
    agent(
      core,
      run,
      "run_status",
      {
        phase: "retrying",
        message,
        retryAttempt: attempt - 1,
        maxRetries: tries - 1,
        delayMs,
        attempt,
        maxAttempts: tries,
        reason: words.reason,
      },
      { seq },
    );
  },
  retry(core, run, hadText, again) {
    run.voice.itemBase = core.random.uuid();
    run.voice.item = 0;
    newCallVoice(run);
    agent(core, run, "assistant", { itemId: `${run.voice.itemBase}:1`, text: "", delta: "", replace: true });
    if (hadText) {
      run.voice.chatText = run.earlier;
      chat(core, run, {
        state: "delta",
        deltaText: run.earlier,
        replace: true,
        message: textMessage(core, run.earlier),
      });
    }
    phase(core, run, "preparing_context");
    lifecycle(core, run, { phase: "start", startedAt: core.clock.now() });
    phase(core, run, "starting_model");
    modelPhase(core, run);
    again();
  },
  failureRecord(core, run, failure, plain) {
    const words = wordsOf(failure, sessionModel(core, run.session).ref);
    const record = plain();
    const idempotencyKey =
      failure.kind === "timed-out" ? {} : { idempotencyKey: `${run.runId}:terminal-error` };
    const text = words.row;
    const rows = record.rows.map((row): JsonObject => {
      const { responseId, ...rest } = row;
      const kept = run.segment && responseId ? { responseId } : {};
      const timedOut = failure.kind === "timed-out";
      const stopReason = timedOut ? "aborted" : "error";
      const errorMessage = timedOut ? { errorMessage: failure.providerMessage } : {};
      return {
        ...rest,
        ...kept,
        ...errorMessage,
        stopReason,
        content: [{ type: "text", text }],
        ...idempotencyKey,
        __openclaw: { ...objectAt(row, "__openclaw"), ...idempotencyKey },
      };
    });
    return { ...record, text, rows };
  },
  failed(core, run, failure) {
    const words = wordsOf(failure, sessionModel(core, run.session).ref);
    const errorObservation = observation(core, run, words);
    const timedOut = failure.kind === "timed-out";
    if (timedOut) modelPhase(core, run);
    released(core, run);
    const ends = {
      endedAt: core.clock.now(),
      startedAt: run.startedAt ?? run.acceptedAt,
      error: words.message,
    };
    if (timedOut) {
      const shown = { terminalReply: { disposition: "empty" }, terminalReceipt: receipt(core, run, false) };
      const where = {
        timeoutPhase: "provider",
        providerStarted: true,
        aborted: false,
        livenessState: "paused",
        replayInvalid: true,
        executionSettled: true,
      };
      lifecycle(core, run, { phase: "error", ...ends, ...shown, ...where });
    } else {
      const model = sessionModel(core, run.session);
      lifecycle(core, run, {
        phase: "fallback_step",
        fallbackStepType: "fallback_step",
        fallbackStepFromModel: model.ref,
        fallbackStepFromFailureReason: words.reason,
        fallbackStepFromFailureDetail: failure.providerMessage,
        fallbackStepChainPosition: 1,
        fallbackStepFinalOutcome: "chain_exhausted",
      });
      lifecycle(core, run, {
        phase: "error",
        aborted: false,
        livenessState: "blocked",
        errorObservation,
        ...ends,
        executionSettled: true,
      });
    }
    const detail = timedOut ? {} : { errorDetail: errorObservation };
    chat(core, run, {
      state: "error",
      errorMessage: words.message,
      ...(words.errorKind ? { errorKind: words.errorKind } : {}),
      ...detail,
    });
    core.emit(
      "chat",
      { runId: run.runId, sessionKey: run.echoKey, seq: 1, state: "error", errorMessage: words.second },
      audience(run),
    );
  },
};
