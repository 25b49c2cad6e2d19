import { cancelApprovals } from "./approvals.ts";
import type { Core } from "./core.ts";
import { plainJson } from "./json.ts";
import { answerRecord, countCall, INPUT_TOKENS, loadSteps } from "./model-call.ts";
import type { Failure } from "./provider-failure.ts";
import { failureOf, triesOf, wordsOf } from "./provider-failure.ts";
import { userRecord } from "./rows.ts";
import { newRun } from "./run-state.ts";
import type { Run, RunStart } from "./run-state.ts";
import type { ToolStep } from "./script.ts";
import { hasSend, sessionModel } from "./session.ts";
import type { PendingInput, Session } from "./session.ts";
import { sessionChanged, store } from "./session-events.ts";
import { runTool } from "./tool-call.ts";
import { voiceOf } from "./voice-of.ts";

const NO_ANSWER_PROMPT = "The last attempt gave no visible answer. Give the visible answer now.";

/** Starts a run: the ack has been given, events follow on the clock. */
export function startRun(core: Core, start: RunStart): Run {
  const run = newRun(core, start);
  core.memory.runs.set(run.runId, run);
  core.runsStarted.push(run.runId);
  core.later(core.settings.timing.persistMs, () => storeUser(core, run));
  // Version 3 was seen to let a hanging model hang: timeoutMs only moves the run's expiry.
  if (core.version === 4 && start.timeoutMs)
    run.timeout = core.later(start.timeoutMs, () => timeOut(core, run));
  voiceOf(core).prepare(core, run, () => begin(core, run));
  return run;
}

function storeUser(core: Core, run: Run): void {
  if (run.userStored || (run.phase === "ended" && core.version === 3)) return;
  run.userStored = true;
  run.session.used = true;
  if (core.version === 4) {
    run.session.status = "running";
    run.session.interrupted = { runId: run.runId, message: run.message };
    if (hasSend(run.session, run.runId)) return;
  }
  const input = {
    message: run.message,
    sendKey: run.runId,
    at: run.acceptedAt,
    attachments: run.attachments,
    sender: run.sender,
  };
  store(core, run.session, userRecord(core, input));
}

function begin(core: Core, run: Run): void {
  if (run.phase === "ended") return;
  storeUser(core, run);
  run.phase = "running";
  run.startedAt = core.clock.now();
  run.session.runStartedAt = run.startedAt;
  if (core.version === 4) run.session.interrupted = { runId: run.runId, message: run.message };
  sessionChanged(core, run.session, { reason: "agent.run.started" });
  loadSteps(core, run, run.message);
  voiceOf(core).started(core, run);
  proceed(core, run);
}

/** Runs steps until one needs time. */
function proceed(core: Core, run: Run): void {
  while (run.phase === "running") {
    const step = run.steps[run.cursor];
    if (!step) return callEnded(core, run);
    run.cursor++;
    switch (step.do) {
      case "text":
        run.segment += step.text;
        run.outputTokens += Math.ceil(step.text.length / 4);
        voiceOf(core).text(core, run, step.text);
        break;
      case "think":
        run.thinking += step.text;
        run.outputTokens += Math.ceil(step.text.length / 4);
        voiceOf(core).thought(core, run, step.text);
        break;
      case "wait":
        run.timer = core.later(step.ms, () => proceed(core, run));
        return;
      case "tool":
        return callTool(core, run, step);
      case "fail":
      case "cut":
        if (run.failures < (step.failures ?? Number.POSITIVE_INFINITY))
          return providerFailed(core, run, failureOf(step));
        break;
      case "hang":
        return;
    }
  }
}

function callTool(core: Core, run: Run, step: ToolStep): void {
  const toolCallId = step.toolCallId ?? `call_fake-${core.modelCalls}`;
  voiceOf(core).beforeTool(core, run);
  store(
    core,
    run.session,
    answerRecord(core, run, "toolUse", [{ id: toolCallId, name: step.name, args: plainJson(step.args) }]),
  );
  run.toolNames.add(step.name);
  runTool(core, run, step, toolCallId, () => {
    run.earlier =
      run.earlier && run.segment ? `${run.earlier}\n\n${run.segment}` : run.earlier || run.segment;
    countCall(core, run);
    voiceOf(core).nextCall(core, run);
    proceed(core, run);
  });
}

/** The model has said everything. */
function callEnded(core: Core, run: Run): void {
  voiceOf(core).callEnded(core, run);
  store(core, run.session, answerRecord(core, run, "stop", []), run.runId);
  if (run.steering.length > 0) return takeSteering(core, run);
  if (core.version === 4 && run.segment === "" && run.emptyReplies === 0) {
    run.emptyReplies++;
    return voiceOf(core).askAgain(core, run, () => {
      loadSteps(core, run, NO_ANSWER_PROMPT);
      voiceOf(core).nextCall(core, run);
      proceed(core, run);
    });
  }
  settle(core, run, "done");
  voiceOf(core).finished(core, run);
  const count = () => {
    run.session.tokens = { input: INPUT_TOKENS, output: run.outputTokens };
    run.session.tokensStale = false;
  };
  if (core.version === 3) core.later(core.settings.timing.lateOkMs, count);
  else count();
  afterRun(core, run);
}

function takeSteering(core: Core, run: Run): void {
  run.earlier = run.earlier && run.segment ? `${run.earlier}\n\n${run.segment}` : run.earlier || run.segment;
  const inputs = run.steering.splice(0);
  run.session.pending = run.session.pending.filter((input) => !inputs.includes(input));
  for (const input of inputs) {
    store(
      core,
      run.session,
      userRecord(core, {
        message: input.message,
        sendKey: input.runId,
        at: input.acceptedAt,
        attachments: [],
        sender: { ...run.sender, steerTargetRunId: run.runId },
      }),
    );
    voiceOf(core).consumed(core, run, input.runId);
    rememberEnd(core, input.runId);
  }
  loadSteps(core, run, inputs.map((input) => input.message).join("\n\n"));
  voiceOf(core).nextCall(core, run);
  proceed(core, run);
}

function providerFailed(core: Core, run: Run, failure: Failure): void {
  run.failures++;
  const tries = triesOf(core.version, failure);
  voiceOf(core).attemptFailed(core, run, failure);
  if (run.failures < tries) {
    const delayMs = core.settings.timing.retryMs * Math.min(2 ** (run.failures - 1), 16);
    voiceOf(core).retrying(core, run, failure, { attempt: run.failures + 1, delayMs });
    run.timer = core.later(delayMs, () => {
      const hadText = run.segment !== "";
      run.cursor = run.callStart;
      countCall(core, run);
      voiceOf(core).retry(core, run, hadText, () => proceed(core, run));
    });
    return;
  }
  fail(core, run, failure);
}

function fail(core: Core, run: Run, failure: Failure): void {
  store(
    core,
    run.session,
    voiceOf(core).failureRecord(core, run, failure, () =>
      answerRecord(core, run, "error", [], failure.providerMessage),
    ),
  );
  settle(core, run, core.version === 4 ? "failed" : "done");
  if (core.version === 4)
    run.session.lastRunError = wordsOf(failure, sessionModel(core, run.session).ref).message;
  run.session.cursorLost = run.segment === "" && failure.kind !== "timed-out";
  voiceOf(core).failed(core, run, failure);
  steeringFollows(run);
  afterRun(core, run);
}

function timeOut(core: Core, run: Run): void {
  if (run.phase === "ended") return;
  core.cancel(run.timer);
  fail(core, run, { kind: "timed-out", status: 408, providerMessage: "request timed out", retryable: false });
}

/** What the run did not take in any more becomes a turn of its own (docs/concepts/queue.md of OpenClaw). */
function steeringFollows(run: Run): void {
  const left = run.steering.splice(0);
  run.session.pending = run.session.pending.map((input) =>
    left.includes(input) ? { ...input, mode: "followup" } : input,
  );
}

/** Takes a message back that still waits. Tells whether there was one. */
export function withdraw(core: Core, session: Session, runId: string): boolean {
  const input = session.pending.find((item) => item.runId === runId);
  if (input === undefined) return false;
  session.pending = session.pending.filter((item) => item !== input);
  for (const run of core.memory.runs.values()) run.steering = run.steering.filter((item) => item !== input);
  rememberEnd(core, runId);
  return true;
}

/**
 * Ends a run by hand: `chat.abort` (`rpc`) or a stop word (`stop`).
 *
 * @param isWholeSession everything that waits in the session ends, too
 */
export function abortRun(
  core: Core,
  run: Run,
  reason: "rpc" | "stop",
  isWholeSession = reason === "stop",
): void {
  if (run.phase === "ended") {
    core.memory.runs.delete(run.runId);
    return voiceOf(core).aborted(core, run, reason);
  }
  core.cancel(run.timer);
  run.session.unsaved = [];
  settle(core, run, "killed");
  voiceOf(core).aborted(core, run, reason);
  if (isWholeSession) for (const input of run.steering) withdraw(core, run.session, input.runId);
  else steeringFollows(run);
  afterRun(core, run);
}

function settle(core: Core, run: Run, status: "done" | "failed" | "killed"): void {
  run.phase = "ended";
  core.cancel(run.timeout);
  core.cancel(run.voice.flush);
  run.session.status = status;
  run.session.lastRunError = undefined;
  run.session.cursorLost = false;
  run.session.interrupted = undefined;
  cancelApprovals(core, run.runId);
  run.session.lastRun = {
    runId: run.runId,
    startedAt: run.startedAt ?? core.clock.now(),
    endedAt: core.clock.now(),
  };
  core.memory.finished.set(run.runId, { ...run.session.lastRun, run });
}

/** The key of a finished run answers `ok` from now on. */
export function rememberEnd(core: Core, runId: string): void {
  const send = core.memory.sends.get(runId);
  if (!send) return;
  const done = () => {
    send.status = "ok";
  };
  if (core.version === 3) core.later(core.settings.timing.lateOkMs, done);
  else done();
  core.later(core.settings.timing.dedupeMs, () => core.memory.sends.delete(runId));
}

function afterRun(core: Core, run: Run): void {
  rememberEnd(core, run.runId);
  // Version 3 keeps a run abortable for a moment after its end.
  if (core.version === 3) core.later(core.settings.timing.lateOkMs, () => core.memory.runs.delete(run.runId));
  else core.memory.runs.delete(run.runId);
  if (!run.resumed && !run.quiet) sessionChanged(core, run.session, { reason: "agent.input.settled" });
  sessionChanged(core, run.session, { phase: "end", runId: run.runId });
  const next = run.session.pending.find((input) => input.mode === "followup");
  if (next) {
    run.session.pending = run.session.pending.filter((input) => input !== next);
    startFollowup(core, run, next);
  }
}

/** A message that waited gets its own run, under a runId that no client has seen. */
function startFollowup(core: Core, before: Run, input: PendingInput): void {
  const runId = core.random.uuid();
  store(
    core,
    before.session,
    userRecord(core, {
      message: input.message,
      sendKey: input.runId,
      at: input.acceptedAt,
      attachments: [],
      sender: before.sender,
    }),
  );
  startRun(core, {
    runId,
    echoKey: before.echoKey,
    session: before.session,
    message: input.message,
    sender: before.sender,
    quiet: true,
    userStored: true,
  });
}
