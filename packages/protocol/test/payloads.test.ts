import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import {
  isShortened,
  isTerminal,
  parseAgentEvent,
  parseApproval,
  parseApprovalEvent,
  parseApprovalList,
  parseArtifactDownload,
  parseChatEvent,
  parseCommands,
  parseHistory,
  parseHistoryCatchUp,
  parseMessage,
  parseMessageAnswer,
  parseModels,
  parseQuestion,
  parseQuestionList,
  parseResolvedSession,
  parseSendAnswer,
  parseSessionChange,
  readGatewayEvent,
  sendKeyOf,
  splitMessageHint,
  textAfterDelta,
  textOf,
  toolResultText,
  type ChatEvent,
  type ChatMessage,
  type Parsed,
} from "../src/index.ts";
import { version4Schema, type SchemaCheck } from "./official-schemas.ts";

let v4: SchemaCheck;

beforeAll(async () => {
  v4 = await version4Schema();
});

function value<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

/** Checks first that the gateway could have sent it. */
function official(definition: string, payload: object): object {
  expect(v4.errors(definition, payload)).toEqual([]);
  return payload;
}

const RUN = { runId: "r", sessionKey: "agent:main:main", seq: 3 };

function assistant(text: string) {
  return { role: "assistant", content: [{ type: "text", text }], timestamp: 1 };
}

describe("a chat event", () => {
  const delta = (extra: object): ChatEvent & { state: "delta" } => {
    const event = value(parseChatEvent({ ...RUN, state: "delta", ...extra }));
    if (event.state !== "delta") throw new Error(event.state);
    return event;
  };

  test("delta replaces the text by the cumulative message", () => {
    expect(textAfterDelta("a b", delta({ message: assistant("a b c"), deltaText: " c" }))).toBe("a b c");
    expect(textAfterDelta("first segment", delta({ message: assistant("second") }))).toBe("second");
  });

  test("delta without message adds its increment, or replaces everything when it says so", () => {
    expect(textAfterDelta("a", delta({ deltaText: "b" }))).toBe("ab");
    expect(textAfterDelta("a", delta({ deltaText: "b", replace: true }))).toBe("b");
    expect(textAfterDelta("a", delta({ deltaText: "", replace: true }))).toBe("");
    expect(textAfterDelta("a", delta({}))).toBe("a");
  });

  test("final without message is a final all the same", () => {
    expect(value(parseChatEvent({ ...RUN, state: "final" }))).toMatchObject({
      state: "final",
      message: undefined,
    });
  });

  test("error has a kind even when the gateway names a new one or none", () => {
    const kind = (errorKind?: string) => value(parseChatEvent({ ...RUN, state: "error", errorKind }));
    expect(kind("timeout")).toMatchObject({ errorKind: "timeout" });
    expect(kind("brand_new")).toMatchObject({ errorKind: "unknown" });
    expect(kind()).toMatchObject({ errorKind: "unknown" });
  });

  test("of an unknown state is read, and ends no run", () => {
    const event = value(parseChatEvent({ ...RUN, state: "paused" }));
    expect(event).toMatchObject({ ...RUN, state: "unknown", sourceState: "paused" });
    expect(isTerminal(event)).toBe(false);
  });

  test.each(["final", "aborted", "error"])("%s ends its run", (state) => {
    expect(isTerminal(value(parseChatEvent({ ...RUN, state })))).toBe(true);
  });

  test("without run or session is invalid, and says so", () => {
    expect(parseChatEvent({ ...RUN, runId: "", state: "final" })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^runId/),
    });
    expect(parseChatEvent({ state: "final" }).ok).toBe(false);
    expect(parseChatEvent(null).ok).toBe(false);
  });
});

describe("an agent event", () => {
  const agent = (stream: string, data?: unknown) =>
    value(parseAgentEvent({ runId: "r", seq: 1, stream, data }));

  test("of an unknown stream keeps its data", () => {
    expect(agent("sparkles", { a: 1 })).toMatchObject({
      stream: "unknown",
      sourceStream: "sparkles",
      data: { a: 1 },
    });
    expect(agent("tool", { phase: "dreamt", toolCallId: "t" })).toMatchObject({ stream: "unknown" });
  });

  test("tells a tool's start, progress and result", () => {
    expect(
      agent("tool", { phase: "start", toolCallId: "t", name: "exec", args: { command: "ls" } }),
    ).toMatchObject({
      phase: "start",
      args: { command: "ls" },
    });
    const result = agent("tool", {
      phase: "result",
      toolCallId: "t",
      name: "exec",
      isError: true,
      meta: "print",
      result: { content: [{ type: "text", text: "no" }] },
    });
    expect(result).toMatchObject({ phase: "result", isError: true, meta: "print" });
    expect(result.stream === "tool" && result.phase === "result" && toolResultText(result.result)).toBe("no");
  });

  test("survives data of the wrong shape", () => {
    expect(agent("lifecycle", "x")).toMatchObject({ stream: "lifecycle", phase: "unknown" });
    expect(agent("assistant", { text: 7 })).toMatchObject({ stream: "assistant" });
    expect(agent("assistant", { text: 7 })).not.toHaveProperty("text");
    expect(agent("run_status", { phase: "retrying", attempt: 2, maxAttempts: 8 })).toMatchObject({
      attempt: 2,
      maxAttempts: 8,
    });
  });
});

describe("a message", () => {
  const message = (row: object): ChatMessage => value(parseMessage(row));

  test("has blocks, whether it came as a text or as a list", () => {
    expect(message({ role: "user", content: "hi" }).content).toEqual([{ type: "text", text: "hi" }]);
    expect(message({ role: "user", content: "" }).content).toEqual([]);
    expect(message({ role: "assistant", text: "late" }).content).toEqual([{ type: "text", text: "late" }]);
    const content = [
      { type: "text", text: "a" },
      { type: "thinking", thinking: "b" },
      { type: "toolCall", id: "t", name: "exec", arguments: { x: 1 } },
      { type: "image", data: "aGk=", mimeType: "image/png" },
      { type: "image", source: { data: "aGk=", media_type: "image/png" } },
      { type: "hologram", depth: 3 },
      7,
    ];
    expect(message({ role: "assistant", content }).content).toEqual([
      { type: "text", text: "a" },
      { type: "thinking", thinking: "b" },
      { type: "tool-call", id: "t", name: "exec", arguments: { x: 1 } },
      { type: "image", data: "aGk=", mimeType: "image/png" },
      { type: "image", data: "aGk=", mimeType: "image/png" },
      { type: "unknown", sourceType: "hologram", source: { type: "hologram", depth: 3 } },
    ]);
  });

  test("shows the files that version 4 keeps beside the text of a user's row", () => {
    const media = [
      { url: "media://inbound/1.png", contentType: "image/png", kind: "image", sizeBytes: 70 },
      { url: "media://inbound/2.pdf", contentType: "application/pdf", kind: "document", fileName: "a.pdf" },
      { kind: "unknown" },
      "?",
    ];
    const meta = { id: "r", media };
    expect(message({ role: "user", content: "look", __openclaw: meta }).content).toEqual([
      { type: "text", text: "look" },
      { type: "image", mimeType: "image/png" },
      { type: "unknown", sourceType: "file", source: { mimeType: "application/pdf", fileName: "a.pdf" } },
      { type: "unknown", sourceType: "file", source: { mimeType: "application/octet-stream" } },
    ]);
    expect(message({ role: "assistant", content: "look", __openclaw: meta }).content).toEqual([
      { type: "text", text: "look" },
    ]);
  });

  test("tells the send behind a user row", () => {
    expect(sendKeyOf(message({ role: "user", content: "x", idempotencyKey: "k:user" }))).toBe("k");
    expect(sendKeyOf(message({ role: "user", content: "x" }))).toBeNull();
    expect(sendKeyOf(message({ role: "assistant", content: "x", idempotencyKey: "k:user" }))).toBeNull();
  });

  test("keeps what the gateway noted about it", () => {
    const row = {
      role: "user",
      content: "x",
      provenance: { kind: "internal_system" },
      openclawAbort: { aborted: true, runId: "r" },
      __openclaw: { id: "m", seq: 4, kind: "compaction", tokensBefore: 9, sender: "me" },
    };
    expect(message(row)).toMatchObject({
      provenance: { kind: "internal_system" },
      abort: { runId: "r" },
      meta: { id: "m", seq: 4, kind: "compaction", tokensBefore: 9, source: { sender: "me" } },
    });
  });

  test("of a new role is read as other", () => {
    expect(message({ role: "critic", content: "x" }).role).toBe("other");
    expect(message({ role: "constructor", content: "x" }).role).toBe("other");
    expect(parseMessage({ content: "x" }).ok).toBe(false);
  });

  test("tells when it was shortened", () => {
    const says = (text: string) => isShortened(message({ role: "assistant", content: text }));
    expect(says("long\n...(truncated)...")).toBe(true);
    expect(says("[chat.history omitted: message too large]")).toBe(true);
    expect(says("the mark ...(truncated)... in a text")).toBe(false);
    expect(isShortened(message({ role: "user", content: "x", __openclaw: { truncated: true } }))).toBe(true);
  });

  test("has one text", () => {
    expect(
      textOf(
        message({
          role: "assistant",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        }),
      ),
    ).toBe("a\n\nb");
  });
});

describe("history", () => {
  test("leaves out rows that cannot be read, and nothing else", () => {
    const history = value(
      parseHistory({ sessionKey: "s", messages: [{ role: "user", content: "a" }, null, 3, {}] }),
    );
    expect(history.messages).toHaveLength(1);
    expect(history).toMatchObject({ hasMore: false, pendingInputs: [], inputReceipts: [] });
  });

  test("with a cursor is what is new, or a reset", () => {
    const state = { sessionInfo: { key: "s", hasActiveRun: false, activeRunIds: [] }, deltaCursor: "c2" };
    const entry = { message: assistant("a"), messageId: "m", messageSeq: 2 };
    const payload = official("ChatHistoryCursorResult", { kind: "delta", messages: [entry], ...state });
    expect(value(parseHistoryCatchUp(payload))).toMatchObject({
      kind: "delta",
      deltaCursor: "c2",
      entries: [{ messageId: "m", messageSeq: 2, message: { role: "assistant" } }],
      session: { key: "s", hasActiveRun: false },
    });
    expect(value(parseHistoryCatchUp(official("ChatHistoryResetResult", { kind: "reset" })))).toEqual({
      kind: "reset",
    });
    expect(parseHistoryCatchUp({ kind: "else" }).ok).toBe(false);
  });
});

describe("answers", () => {
  test.each([
    [
      { runId: "k", status: "started" },
      { kind: "started", runId: "k" },
    ],
    [
      { runId: "k", status: "in_flight" },
      { kind: "in-flight", runId: "k" },
    ],
    [
      { runId: "k", status: "ok" },
      { kind: "done", runId: "k" },
    ],
    [
      { runId: "k", status: "constructor" },
      { kind: "started", runId: "k" },
    ],
    [
      { ok: true, aborted: true, runIds: ["a"] },
      { kind: "stopped", runIds: ["a"] },
    ],
  ])("chat.send %j", (payload, expected) => {
    expect(value(parseSendAnswer(payload))).toEqual(expected);
  });

  test("chat.send that says nothing is invalid", () => {
    expect(parseSendAnswer({}).ok).toBe(false);
  });

  test("a message is whole or unavailable", () => {
    expect(
      value(parseMessageAnswer(official("ChatMessageGetResult", { ok: true, message: assistant("a") }))),
    ).toMatchObject({
      kind: "message",
    });
    const gone = official("ChatMessageGetResult", { ok: false, unavailableReason: "oversized" });
    expect(value(parseMessageAnswer(gone))).toEqual({ kind: "unavailable", reason: "oversized" });
  });

  test("a session is resolved or not there", () => {
    expect(
      value(parseResolvedSession(official("SessionsResolveResult", { ok: true, key: "k", agentId: "main" }))),
    ).toBe("k");
    expect(value(parseResolvedSession(official("SessionsResolveResult", { ok: false })))).toBeNull();
  });

  test("a change tells the session id, wherever it stands", () => {
    expect(
      value(parseSessionChange({ ok: true, key: "k", entry: { sessionId: "s", label: "L" } })),
    ).toMatchObject({
      key: "k",
      sessionId: "s",
      entry: { key: "k", label: "L" },
    });
  });

  test("models and commands are lists", () => {
    const models = official("ModelsListResult", {
      models: [{ id: "m", name: "M", provider: "p", available: false, unavailableReason: "cooldown" }],
    });
    expect(value(parseModels(models))).toMatchObject([
      { id: "m", available: false, unavailableReason: "cooldown" },
    ]);
    const commands = official("CommandsListResult", {
      commands: [
        {
          name: "think",
          description: "d",
          source: "native",
          scope: "both",
          acceptsArgs: true,
          textAliases: ["/t"],
        },
      ],
    });
    expect(value(parseCommands(commands))).toMatchObject([
      { name: "think", acceptsArgs: true, textAliases: ["/t"] },
    ]);
  });

  test("an artifact comes with its content or a link", () => {
    const artifact = { id: "a", type: "file", title: "T", download: { mode: "url" } };
    const payload = official("ArtifactsDownloadResult", {
      artifact,
      url: "https://example.com/a",
      expiresAt: "2026-11-20T00:00:00Z",
    });
    expect(value(parseArtifactDownload(payload))).toMatchObject({
      artifact: { id: "a", download: "url" },
      url: "https://example.com/a",
    });
  });

  test("a preview's hint line is split off", () => {
    expect(splitMessageHint("hello\nyou\n[message_id: k-1]")).toEqual({
      text: "hello\nyou",
      messageId: "k-1",
    });
    expect(splitMessageHint("a [message_id: x] b")).toEqual({ text: "a [message_id: x] b" });
  });
});

describe("approvals and questions", () => {
  const presentation = {
    kind: "exec",
    commandText: "rm -r x",
    warningText: "careful",
    allowedDecisions: ["allow-once", "deny"],
  };
  const snapshot = {
    id: "a1",
    urlPath: "/a",
    createdAtMs: 1,
    expiresAtMs: 9,
    presentation,
    status: "pending",
  };

  test("a command that waits reads the same from version 3's event and version 4's snapshot", () => {
    const request = {
      command: "rm -r x",
      cwd: "/x",
      host: null,
      agentId: "main",
      sessionKey: "agent:main:main",
    };
    const live = value(parseApproval({ id: "a1", request, createdAtMs: 1, expiresAtMs: 9 }));
    expect(live).toMatchObject({
      id: "a1",
      kind: "exec",
      status: "pending",
      title: "rm -r x",
      cwd: "/x",
      sessionKey: "agent:main:main",
      allowedDecisions: ["allow-once", "allow-always", "deny"],
    });
    expect(value(parseApproval(official("ApprovalSnapshot", snapshot)))).toMatchObject({
      id: "a1",
      title: "rm -r x",
      warning: "careful",
      allowedDecisions: ["allow-once", "deny"],
      expiresAtMs: 9,
    });
  });

  test("the list is a bare array or stands under approvals", () => {
    const item = { id: "a1", request: { command: "ls" } };
    expect(value(parseApprovalList([item, {}], "exec"))).toMatchObject([{ id: "a1", title: "ls" }]);
    expect(value(parseApprovalList({ approvals: [item] }, "plugin"))).toMatchObject([{ kind: "plugin" }]);
    expect(parseApprovalList("x", "exec").ok).toBe(false);
  });

  test("a session's approval event asks, and later settles", () => {
    const base = { sessionKey: "agent:main:main", updatedAtMs: 1 };
    const pending = official("SessionApprovalEvent", { ...base, phase: "pending", approval: snapshot });
    expect(value(parseApprovalEvent("session.approval", pending))).toMatchObject({
      phase: "requested",
      approval: { id: "a1", sessionKey: "agent:main:main" },
    });
    const denied = { ...snapshot, status: "denied", decision: "deny", reason: "user", resolvedAtMs: 2 };
    const terminal = official("SessionApprovalEvent", { ...base, phase: "terminal", approval: denied });
    expect(value(parseApprovalEvent("session.approval", terminal))).toMatchObject({
      phase: "resolved",
      id: "a1",
      decision: "deny",
    });
    expect(
      value(parseApprovalEvent("plugin.approval.resolved", { id: "a1", decision: "allow-once" })),
    ).toMatchObject({
      phase: "resolved",
      kind: "plugin",
      decision: "allow-once",
    });
  });

  test("a question tells its options, and that it was answered", () => {
    const record = official("QuestionRecord", {
      id: "q",
      status: "pending",
      createdAtMs: 1,
      expiresAtMs: 9,
      sessionKey: "agent:main:main",
      questions: [
        {
          questionId: "size",
          header: "Size",
          question: "Which?",
          options: [{ label: "big" }],
          isSecret: true,
        },
      ],
    });
    expect(value(parseQuestion(record))).toMatchObject({
      id: "q",
      questions: [{ questionId: "size", options: [{ label: "big" }], multiSelect: false, isSecret: true }],
    });
    expect(value(parseQuestionList({ questions: [record] }))).toHaveLength(1);
    const resolved = official("QuestionResolvedEvent", {
      id: "q",
      status: "answered",
      answers: { answers: { size: ["big"] } },
    });
    expect(value(parseQuestion(resolved))).toMatchObject({ status: "answered", answers: { size: ["big"] } });
  });
});

describe("readGatewayEvent", () => {
  test("tells what it cannot read from what it does not know", () => {
    const event = (name: string, payload: unknown) =>
      readGatewayEvent({ type: "event", event: name, payload });
    expect(event("tick", { ts: 1 })).toEqual({ type: "tick", payload: { ts: 1 } });
    expect(event("tick", {})).toMatchObject({ type: "unreadable", event: "tick" });
    expect(event("terminal.data", { a: 1 })).toEqual({
      type: "other",
      event: "terminal.data",
      payload: { a: 1 },
    });
    expect(event("constructor", {})).toMatchObject({ type: "other" });
  });

  test("a stop that announces no return has none, also when version 3 sends null", () => {
    const shutdown = readGatewayEvent({
      type: "event",
      event: "shutdown",
      payload: { reason: "gateway stopping", restartExpectedMs: null },
    });
    expect(shutdown).toEqual({
      type: "shutdown",
      payload: { reason: "gateway stopping", restartExpectedMs: undefined },
    });
  });

  test("never throws, whatever the payload", () => {
    const names = fc.constantFrom(
      "chat",
      "agent",
      "presence",
      "health",
      "sessions.changed",
      "session.message",
      "session.approval",
      "exec.approval.requested",
      "question.requested",
      "device.pair.requested",
    );
    const payload = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          "runId",
          "sessionKey",
          "state",
          "stream",
          "data",
          "message",
          "seq",
          "id",
          "presence",
          "request",
        ),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(names, payload, (event, given) => {
        expect(readGatewayEvent({ type: "event", event, payload: given })).toHaveProperty("type");
      }),
    );
  });
});
