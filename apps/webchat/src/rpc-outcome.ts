import { messageText, selectMessages, type ChatState, type Message } from "@automna/client";

/** One answer of a run. */
interface RpcPayload {
  readonly text: string;
}

/** How a call ended, as `POST /webchat/rpc` tells it. */
export type RpcResult =
  | { readonly ok: true; readonly runId: string; readonly payloads: readonly RpcPayload[] }
  | { readonly ok: false; readonly runId?: string; readonly error: string; readonly code: string };

/** Where a call is. */
export type RpcProgress =
  | { readonly status: "running"; readonly text: string }
  /** Nothing goes on any more, but there is no answer: it may still come, or there is none. */
  | { readonly status: "silent" }
  | { readonly status: "over"; readonly result: RpcResult };

function failure(runId: string, code: string, error: string): RpcProgress {
  return { status: "over", result: { ok: false, runId, error, code } };
}

/** What the agent said to a message: what its run wrote, else what stands between it and the next message. */
function answersTo(messages: readonly Message[], runId: string): Message[] {
  const byRun = messages.filter((message) => message.role === "assistant" && message.runId === runId);
  if (byRun.length > 0) return byRun;
  const asked = messages.findIndex(({ id, sendId }) => id === runId || sendId === runId);
  if (asked < 0) return [];
  const after = messages.slice(asked + 1);
  const next = after.findIndex(({ role }) => role === "user");
  return (next < 0 ? after : after.slice(0, next)).filter(({ role }) => role === "assistant");
}

const OVER: ReadonlySet<Message["status"]> = new Set(["complete", "aborted", "error"]);

/**
 * Reads off a chat how the message with this send identity fares. Text is what the transcript shows, so it replaces what
 * was told before.
 */
export function rpcProgress(state: ChatState, runId: string): RpcProgress {
  const messages = selectMessages(state);
  const question = messages.find(({ id, sendId }) => id === runId || sendId === runId);
  if (question?.status === "failed") {
    return failure(runId, "rejected", question.error?.message ?? "The gateway refused the message.");
  }
  if (question?.status === "unconfirmed") {
    return failure(
      runId,
      "unconfirmed",
      "It is not known whether the gateway has the message. See the history.",
    );
  }
  if (question?.error) return failure(runId, question.error.kind, question.error.message);
  const answers = answersTo(messages, runId);
  const text = answers.map(messageText).filter(Boolean).join("\n\n");
  const isGoingOn =
    state.runs.some((run) => run.runId === runId) ||
    state.outbox.some(({ sendId }) => sendId === runId) ||
    answers.some(({ status }) => !OVER.has(status));
  if (isGoingOn) return { status: "running", text };
  const broken = answers.find(({ status }) => status === "error");
  if (broken) return failure(runId, "run-failed", broken.error?.message ?? "The run failed.");
  if (answers.some(({ status }) => status === "aborted")) {
    return failure(runId, "stopped", "The run was stopped before it was done.");
  }
  if (state.runs.length > 0) return { status: "running", text };
  if (answers.length === 0 || !answers.every(({ stored }) => stored)) return { status: "silent" };
  const payloads = answers.map((answer) => ({ text: messageText(answer) })).filter((one) => one.text !== "");
  return { status: "over", result: { ok: true, runId, payloads } };
}
