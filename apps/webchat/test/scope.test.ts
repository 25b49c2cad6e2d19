import type { HelloOk } from "@automna/protocol";
import { describe, expect, test } from "vitest";

import { readSessionKey, SessionScope } from "../src/scope.ts";

const HELLO: HelloOk = {
  protocol: 4,
  server: { version: "1", connId: "c" },
  features: { methods: [], events: [], capabilities: [] },
  policy: {
    maxPayload: 1,
    maxBufferedBytes: 1,
    tickIntervalMs: 1,
    attachments: { maxBytes: 1, maxImageBytes: 1 },
  },
  sessionDefaults: { defaultAgentId: "main", mainKey: "main", mainSessionKey: "agent:main:main" },
  uptimeMs: 0,
  auth: {},
  snapshot: { presence: [], health: {} },
};

const scope = () => new SessionScope("Trip", HELLO);

test("the session is written into every request that has one, in the gateway's spelling", () => {
  expect(scope().admit("chat.history", { sessionKey: "trip", limit: 5 })).toMatchObject({
    kind: "ask",
    call: { method: "chat.history", params: { sessionKey: "agent:main:trip", limit: 5 } },
  });
  expect(scope().admit("sessions.preview", { keys: ["TRIP"], limit: 5 })).toMatchObject({
    call: { params: { keys: ["agent:main:trip"], limit: 5 } },
  });
});

test.each([
  ["chat.history", { sessionKey: "main" }],
  ["chat.send", { sessionKey: "agent:ops:trip", message: "x", idempotencyKey: "k" }],
  ["chat.abort", {}],
  ["sessions.preview", { keys: ["trip", "main"] }],
  ["sessions.preview", { keys: [] }],
  ["sessions.patch", { key: "main", model: "x" }],
  ["chat.history", { sessionKey: ["trip"], sessionId: "another" }],
  ["chat.history", { sessionKey: "trip", sessionId: "another" }],
  ["chat.history", { sessionKey: "trip", agentId: "ops" }],
  ["sessions.messages.subscribe", { key: "trip", includeApprovals: true }],
  ["sessions.patch", { key: "trip", sendPolicy: "x" }],
  ["config.get", {}],
  ["exec.approval.resolve", { id: "x" }],
  ["sessions.reset", { key: "trip" }],
  ["chat.inject", { sessionKey: "trip", message: "x" }],
  ["agent", { message: "x", sessionKey: "trip" }],
  ["send", { to: "x" }],
  ["constructor", {}],
  ["__proto__", {}],
  ["chat.history", "trip"],
  ["chat.history", null],
])("%s with %j is not passed on", (method, params) => {
  expect(scope().admit(method, params).kind).toBe("refuse");
});

test("letting a subscription go is answered here: another page may still want it", () => {
  expect(scope().admit("sessions.messages.unsubscribe", { key: "trip" })).toEqual({
    kind: "answer",
    payload: {},
  });
});

test("the list of sessions has this one in it, and no other", () => {
  const admission = scope().admit("sessions.list", { limit: 100 });
  const payload = {
    ts: 1,
    path: "/home/x/sessions.json",
    sessions: [{ key: "agent:main:trip" }, { key: "main" }],
  };
  expect(admission.kind === "ask" && admission.answer(payload)).toEqual({
    ts: 1,
    count: 1,
    defaults: undefined,
    sessions: [{ key: "agent:main:trip" }],
  });
});

test.each([
  ["chat", { sessionKey: "agent:main:trip", runId: "r" }, true],
  ["chat", { sessionKey: "agent:main:main", runId: "r" }, false],
  ["session.message", { sessionKey: "agent:main:trip" }, true],
  ["sessions.changed", { sessionKey: "agent:main:other" }, false],
  ["sessions.changed", { reason: "x" }, false],
  ["agent", { runId: "never heard of" }, false],
  ["tick", { ts: 1 }, true],
  ["shutdown", {}, true],
  ["presence", {}, false],
  ["health", {}, false],
  ["exec.approval.requested", { id: "a1", request: { command: "ls", sessionKey: "agent:main:trip" } }, true],
  ["exec.approval.requested", { id: "a1", request: { command: "ls", sessionKey: "agent:main:main" } }, false],
  ["exec.approval.requested", { id: "a1", request: { command: "ls" } }, false],
  ["exec.approval.resolved", { id: "never heard of", decision: "deny" }, false],
  ["question.requested", { id: "q1", questions: [], sessionKey: "agent:main:main" }, false],
  ["device.pair.requested", {}, false],
  ["chat", null, false],
])("the event %s with %j concerns the session: %s", (event, payload, expected) => {
  expect(scope().concerns({ type: "event", event, payload })).toBe(expected);
});

describe("what the agent asks a person", () => {
  const asked = (id: string, sessionKey: string) => ({ id, request: { command: "ls", sessionKey } });
  const decide = (id: string) => ({ id, decision: "allow-once" });

  test("in this session may be answered from here, what it asks elsewhere may not", () => {
    const own = scope();
    const tell = (event: string, payload: unknown) => own.concerns({ type: "event", event, payload });
    expect(tell("exec.approval.requested", asked("a1", "agent:main:trip"))).toBe(true);
    expect(tell("exec.approval.requested", asked("a2", "agent:main:main"))).toBe(false);
    expect(own.admit("exec.approval.resolve", decide("a1"))).toMatchObject({
      kind: "ask",
      call: { method: "exec.approval.resolve", params: decide("a1") },
    });
    expect(own.admit("exec.approval.resolve", decide("a2")).kind).toBe("refuse");
    expect(own.admit("exec.approval.resolve", { ...decide("a1"), scope: "all" }).kind).toBe("refuse");
    expect(tell("exec.approval.resolved", decide("a1"))).toBe(true);
    expect(tell("exec.approval.resolved", decide("a2"))).toBe(false);
  });

  test.each([
    ["exec.approval.list", (items: unknown[]) => items],
    ["plugin.approval.list", (approvals: unknown[]) => ({ approvals })],
  ])("before the page was there is listed by %s, without other sessions'", (method, payloadOf) => {
    const own = scope();
    const admission = own.admit(method, {});
    const answer =
      admission.kind === "ask" && admission.answer(payloadOf([asked("a1", "Trip"), asked("a2", "main")]));
    expect(answer).toEqual(payloadOf([asked("a1", "Trip")]));
    expect(own.admit("plugin.approval.resolve", decide("a1")).kind).toBe("ask");
    expect(own.admit("plugin.approval.resolve", decide("a2")).kind).toBe("refuse");
  });
});

test("an event that names only its run belongs to the session that the run was heard in", () => {
  const own = scope();
  const other = new SessionScope("main", HELLO);
  const chat = {
    type: "event",
    event: "chat",
    payload: { sessionKey: "agent:main:trip", runId: "r1" },
  } as const;
  const agent = { type: "event", event: "agent", payload: { runId: "r1" } } as const;
  for (const one of [own, other]) one.concerns(chat);
  expect([own.concerns(agent), other.concerns(agent)]).toEqual([true, false]);
});

test.each([
  ["main", "main"],
  ["agent:main:Trip to Rome", "agent:main:Trip to Rome"],
  ["a\nb", null],
  ["x".repeat(201), null],
  [7, null],
])("the key %j is read as %j", (value, expected) => {
  expect(readSessionKey(value)).toBe(expected);
});
