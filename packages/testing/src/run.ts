import { cancelApprovals } from "./approvals.ts";
import type { Core } from "./core.ts";
import type { Failure } from "./provider-failure.ts";
import { failureOf, triesOf, wordsOf } from "./provider-failure.ts";
import { assistantRecord, userRecord } from "./rows.ts";
import { plainJson } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Step, ToolStep } from "./script.ts";
import { hasSend, sessionModel } from "./session.ts";
import type { PendingInput, Session } from "./session.ts";
import { sessionChanged, store } from "./session-events.ts";
import { runTool } from "./tool-call.ts";
import { voiceOf } from "./voice-of.ts";

export type Attachment = { mimeType: string; fileName: string | undefined; bytes: number; base64: string };

/** A turn of the agent. */
export type Run = {
  runId: string;
  /** The session key as this run's events carry it. */
  echoKey: string;
  session: Session;
  message: string;
  attachments: readonly Attachment[];
  sender: JsonObject;
  thinkingLevel: string | undefined;
  phase: "preparing" | "running" | "ended";
  /** Counter of this run's agent events. */
  seq: number;
  startedAt: number | undefined;
  acceptedAt: number;
  steps: readonly Step[];
  cursor: number;
  /** Where the current model call began in `steps`; a retry goes back there. */
  callStart: number;
  callNumber: number;
  callStartedAt: number;
  failures: number;
  emptyReplies: number;
  /** Text and reasoning of the current model call. */
  segment: string;
  thinking: string;
  /** Version 4: text of the earlier model calls of this run. */
  earlier: string;
  outputTokens: number;
  toolNames: Set<string>;
  /** Version 4: messages that steer this run, taken in at the end of a model call. */
  steering: PendingInput[];
  timer: number | undefined;
  timeout: number | undefined;
  userStored: boolean;
  /** No chat status events: the run was not started by a chat.send. */
  quiet: boolean;
  resumed: boolean;
  waiting: ((decision: string) => void) | undefined;
  voice: VoiceState;
};

/** What the streaming side has already said. */
type VoiceState = {
  itemBase: string;
  item: number;
  agentLength: number;
  chatText: string;
  lastAt: number;
  flush: number | undefined;
  firstText: { seq: number; ts: number } | undefined;
};

export type RunStart = {
  runId: string;
  echoKey: string;
  session: Session;
  message: string;
  attachments?: readonly Attachment[];
  sender: JsonObject;
  thinkingLevel?: string | undefined;
  timeoutMs?: number | undefined;
  quiet?: boolean;
  resumed?: boolean;
  userStored?: boolean;
};

const NO_ANSWER_PROMPT = "The last attempt gave no visible answer. Give the visible answer now.";

/** Starts a run: the ack has been given, events follow on the clock. */
export function startRun(core: Core, start: RunStart): Run {
  const now = core.clock.now();
  const run: Run = {
    runId: start.runId,
    echoKey: start.echoKey,
    session: start.session,
    message: start.message,
    attachments: start.attachments ?? [],
    sender: start.sender,
    thinkingLevel: start.thinkingLevel,
    phase: "preparing",
    seq: 0,
    startedAt: undefined,
    acceptedAt: now,
    steps: [],
    cursor: 0,
    callStart: 0,
    callNumber: 0,
    callStartedAt: now,
    failures: 0,
    emptyReplies: 0,
    segment: "",
    thinking: "",
    earlier: "",
    outputTokens: 0,
    toolNames: new Set(),
    steering: [],
    timer: undefined,
    timeout: undefined,
    userStored: start.userStored ?? false,
    quiet: start.quiet ?? false,
    resumed: start.resumed ?? false,
    waiting: undefined,
    voice: {
      itemBase: core.random.uuid(),
      item: 1,
      agentLength: 0,
      chatText: "",
      lastAt: Number.NEGATIVE_INFINITY,
      flush: undefined,
      firstText: undefined,
    },
  };
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

function loadSteps(core: Core, run: Run, message: string): void {
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

function countCall(core: Core, run: Run): void {
  core.modelCalls++;
  run.callNumber = core.modelCalls;
  run.callStart = run.cursor;
  run.callStartedAt = core.clock.now();
  run.segment = "";
  run.thinking = "";
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

function answerRecord(
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

const INPUT_TOKENS = 7_770;

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
