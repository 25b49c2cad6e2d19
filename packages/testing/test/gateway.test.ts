import { describe, expect, test } from "vitest";
import { createFakeGateway, say, tool, virtualClock, words } from "../src/index.ts";
import type { Step } from "../src/index.ts";
import { isJsonObject, objectAt, stringAt } from "../src/json.ts";
import { connectParams, errorOf, payloadOf, rig, rowsOf } from "./raw-client.ts";

const KEY = "agent:main:chat";

describe.each([3, 4] as const)("version %i", (protocol) => {
  test("a chat message is acknowledged, streamed and stored", async () => {
    const { open, gateway } = rig({ protocol });
    const client = await open();
    expect(payloadOf(await client.chat(KEY, "hello there", "k1"))).toEqual({
      runId: "k1",
      status: "started",
    });
    expect(client.states("k1").filter((state) => state !== "status")).toEqual(["delta", "final"]);
    expect(rowsOf(await client.ask("chat.history", { sessionKey: KEY }))).toEqual([
      "user: hello there",
      "assistant: Echo: hello there",
    ]);
    expect(gateway.runsStarted).toEqual(["k1"]);
  });

  test("a repeated key never starts a second run while the gateway is up", async () => {
    const { open, gateway, clock } = rig({ protocol, model: () => words(20, 100) });
    const client = await open();
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await clock.advanceAsync(500);
    const other = await open();
    expect(
      payloadOf(await other.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" }))[
        "status"
      ],
    ).toBe("in_flight");
    await clock.advanceAsync(5000);
    expect(
      payloadOf(await other.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" }))[
        "status"
      ],
    ).toBe("ok");
    expect(gateway.runsStarted).toEqual(["k1"]);
  });

  test("after a kill the key is forgotten and the same message runs again", async () => {
    const { open, gateway } = rig({ protocol });
    const client = await open();
    await client.chat(KEY, "hello", "k1");
    gateway.kill();
    gateway.start();
    const again = await open();
    await again.chat(KEY, "hello", "k1");
    const users = gateway.transcript(KEY).filter((row) => row.role === "user");
    expect(gateway.runsStarted).toEqual(["k1", "k1"]);
    expect(users.length).toBe(protocol === 3 ? 2 : 1);
  });

  test("the rows of a first turn are there at once in version 4 and only with the answer in version 3", async () => {
    const { open, clock } = rig({ protocol, model: () => words(20, 100) });
    const client = await open();
    await client.ask("chat.send", { sessionKey: KEY, message: "first", idempotencyKey: "k1" });
    await clock.advanceAsync(1000);
    expect(rowsOf(await client.ask("chat.history", { sessionKey: KEY }))).toEqual(
      protocol === 3 ? [] : ["user: first"],
    );
    await clock.advanceAsync(2000);
    expect(rowsOf(await client.ask("chat.history", { sessionKey: KEY })).length).toBe(2);
  });

  test("a run goes on when its client is gone, and another connection can stop it", async () => {
    const { open, clock } = rig({ protocol, model: () => words(100, 100) });
    const client = await open();
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await clock.advanceAsync(500);
    client.socket.close();
    const other = await open();
    await clock.advanceAsync(500);
    expect(other.states("k1")).toContain("delta");
    expect(payloadOf(await other.ask("chat.abort", { sessionKey: KEY }))).toEqual({
      ok: true,
      aborted: true,
      runIds: ["k1"],
    });
    expect(other.states("k1").at(-1)).toBe("aborted");
  });

  test("a provider that fails twice and then answers gives one answer", async () => {
    const flaky: Step[] = [{ do: "fail", status: 500, failures: 2 }, ...say("recovered")];
    const { open, gateway } = rig({ protocol, model: () => flaky });
    const client = await open();
    await client.chat(KEY, "x", "k1");
    expect(gateway.transcript(KEY).map((row) => row.text)).toEqual(["x", "recovered"]);
    expect(gateway.modelCalls).toBe(3);
  });

  test("a tool waits for the operator's approval, and a denial is an error result", async () => {
    const { open, clock, gateway } = rig({
      protocol,
      model: () => [tool("exec", { command: "rm -r x" }, "gone", { needsApproval: true }), ...say("done")],
    });
    const client = await open();
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await clock.advanceAsync(1000);
    const request = objectAt(client.events("exec.approval.requested")[0] ?? {}, "payload") ?? {};
    expect(objectAt(request, "request")?.["command"]).toBe("rm -r x");
    await client.ask("exec.approval.resolve", { id: stringAt(request, "id"), decision: "deny" });
    await clock.advanceAsync(2000);
    expect(gateway.transcript(KEY).find((row) => row.role === "toolResult")?.row["isError"]).toBe(true);
    expect(client.events("exec.approval.resolved").length).toBe(1);
  });

  test("an approval that nobody answers is a denial without a word", async () => {
    const { open, clock, gateway } = rig({
      protocol,
      model: () => [tool("exec", { command: "rm -r x" }, "gone", { needsApproval: true }), ...say("done")],
    });
    const client = await open();
    await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
    await clock.advanceAsync(1000);
    const id = stringAt(payloadOf(client.events("exec.approval.requested")[0] ?? {}), "id");
    // A run may take ten minutes in version 3, and a day in version 4.
    await clock.advanceAsync(protocol === 3 ? 125_000 : 1_805_000);
    expect(gateway.transcript(KEY).find((row) => row.role === "toolResult")?.row["isError"]).toBe(true);
    expect(client.events("exec.approval.resolved")).toEqual([]);
    const late = errorOf(await client.ask("exec.approval.resolve", { id, decision: "allow-once" }));
    expect(late["message"]).toBe(protocol === 3 ? "unknown approval id" : "unknown or expired approval id");
  });

  test("a closed params object refuses an unknown key and names it", async () => {
    const { open } = rig({ protocol });
    const client = await open();
    const answer = await client.ask("chat.history", { sessionKey: KEY, nonsense: 1 });
    expect(errorOf(answer)).toEqual({
      code: "INVALID_REQUEST",
      message: "invalid chat.history params: at root: unexpected property 'nonsense'",
    });
  });

  test("ticks come every 30 seconds", async () => {
    const { open, clock } = rig({ protocol });
    const client = await open();
    await clock.advanceAsync(95_000);
    expect(client.events("tick").length).toBe(3);
  });

  test("a frame beyond the limit ends the connection with 1009", async () => {
    const { open, clock } = rig({ protocol, limits: { maxPayload: 1000 } });
    const client = await open();
    client.post("chat.send", { sessionKey: KEY, message: "x".repeat(2000), idempotencyKey: "k" });
    await clock.advanceAsync(10);
    expect(client.close).toEqual({ code: 1009, reason: "" });
  });

  test("seeded turns and notes are in the transcript without any run", async () => {
    const { gateway } = rig({ protocol });
    gateway.seedSession(KEY, [{ user: "a", assistant: "b" }], { label: "Seeded" });
    gateway.injectNote(KEY, "hello", "Note");
    expect(gateway.transcript(KEY).map((row) => `${row.role}: ${row.text}`)).toEqual([
      "user: a",
      "assistant: b",
      "assistant: [Note]\n\nhello",
    ]);
    expect(gateway.runsStarted).toEqual([]);
  });

  test("a message that no client sent reaches every client under an unseen run id", async () => {
    const { open, gateway, clock } = rig({ protocol });
    const client = await open();
    const { runId } = gateway.receiveMessage(KEY, "from a channel");
    await clock.advanceAsync(1000);
    expect(client.states(runId).at(-1)).toBe("final");
    expect(gateway.transcript(KEY).map((row) => row.text)).toEqual([
      "from a channel",
      "Echo: from a channel",
    ]);
  });
});

test("version 4 pages history backwards", async () => {
  const { open, gateway } = rig({ protocol: 4 });
  gateway.seedSession(
    KEY,
    Array.from({ length: 10 }, (_, i) => ({ user: `q${i}`, assistant: `a${i}` })),
  );
  const client = await open();
  const last = await client.ask("chat.history", { sessionKey: KEY, limit: 4 });
  expect(rowsOf(last)).toEqual(["user: q8", "assistant: a8", "user: q9", "assistant: a9"]);
  expect(payloadOf(last)).toMatchObject({ hasMore: true, nextOffset: 4, totalMessages: 20 });
  const first = await client.ask("chat.history", { sessionKey: KEY, limit: 30, offset: 16 });
  expect(rowsOf(first)).toEqual(["user: q0", "assistant: a0", "user: q1", "assistant: a1"]);
  expect(payloadOf(first)["hasMore"]).toBe(false);
});

test("version 3 answers six megabytes of history at most, the newest rows", async () => {
  const { open, gateway } = rig({ protocol: 3 });
  const long = "x".repeat(1_000_000);
  gateway.seedSession(
    KEY,
    Array.from({ length: 8 }, (_, i) => ({ user: `q${i}`, assistant: long })),
  );
  const client = await open();
  const rows = rowsOf(await client.ask("chat.history", { sessionKey: KEY }));
  expect(rows.filter((row) => row.startsWith("user"))).toEqual(
    ["q2", "q3", "q4", "q5", "q6", "q7"].map((text) => `user: ${text}`),
  );
});

test("version 4 cuts long texts in history and gives the whole on demand", async () => {
  const { open, gateway } = rig({ protocol: 4 });
  gateway.seedSession(KEY, [{ user: "q", assistant: "x".repeat(50_000) }]);
  const client = await open();
  const shown = rowsOf(await client.ask("chat.history", { sessionKey: KEY }))[1] ?? "";
  expect(shown.length).toBeLessThan(10_000);
  const whole = rowsOf(await client.ask("chat.history", { sessionKey: KEY, maxChars: 500_000 }))[1] ?? "";
  expect(whole).toBe(`assistant: ${"x".repeat(50_000)}`);
  const id = stringAt(objectAt(gateway.transcript(KEY)[1]?.row ?? {}, "__openclaw") ?? {}, "id");
  const got = payloadOf(await client.ask("chat.message.get", { sessionKey: KEY, messageId: id }));
  expect(JSON.stringify(got["message"])).toContain("x".repeat(50_000));
});

test("version 4 resumes a turn that a kill cut off, under a new run id, exactly once", async () => {
  const { open, gateway, clock } = rig({ protocol: 4, model: () => words(30, 100) });
  const client = await open();
  await client.ask("chat.send", { sessionKey: KEY, message: "long one", idempotencyKey: "k1" });
  await clock.advanceAsync(1000);
  gateway.kill();
  gateway.start();
  await clock.advanceAsync(20_000);
  expect(gateway.transcript(KEY).map((row) => row.role)).toEqual(["user", "user", "assistant"]);
  expect(objectAt(gateway.transcript(KEY)[1]?.row ?? {}, "provenance")?.["kind"]).toBe("internal_system");
  expect(gateway.runsStarted.length).toBe(2);
});

test("version 3 does not resume, and keeps the user's row of a later turn", async () => {
  const { open, gateway, clock } = rig({ protocol: 3, model: () => words(30, 100) });
  gateway.seedSession(KEY, [{ user: "a", assistant: "b" }]);
  const client = await open();
  await client.ask("chat.send", { sessionKey: KEY, message: "second", idempotencyKey: "k1" });
  await clock.advanceAsync(1000);
  gateway.kill();
  gateway.start();
  await clock.advanceAsync(20_000);
  expect(gateway.transcript(KEY).map((row) => row.text)).toEqual(["a", "b", "second"]);
  const again = await open();
  const preview = JSON.stringify(await again.ask("sessions.preview", { keys: [KEY], maxChars: 1000 }));
  expect(preview).toContain("second\\n[message_id: k1]");
});

test("version 3 stops no run but that of a client's own message: a queued one and one from a channel go on", async () => {
  const { open, gateway, clock } = rig({ protocol: 3, model: () => words(20, 100) });
  const client = await open();
  await client.ask("chat.send", { sessionKey: KEY, message: "one", idempotencyKey: "k1" });
  await client.ask("chat.send", { sessionKey: KEY, message: "two", idempotencyKey: "k2" });
  await clock.advanceUntil(() => client.states("k1").includes("final"));
  const { runId: channel } = gateway.receiveMessage("agent:main:phone", "three");
  await clock.advanceAsync(500);
  const running = gateway.activeRuns().map(({ runId }) => runId);
  expect(running).toHaveLength(2);
  for (const runId of [...running, "k2"]) {
    const sessionKey = runId === channel ? "agent:main:phone" : KEY;
    const answer = await client.ask("chat.abort", { sessionKey, runId });
    expect(payloadOf(answer)).toEqual({ ok: true, aborted: false, runIds: [] });
  }
  expect(payloadOf(await client.ask("chat.abort", { sessionKey: KEY }))["aborted"]).toBe(false);
  const word = { sessionKey: KEY, message: "/stop", idempotencyKey: "k3" };
  expect(payloadOf(await client.ask("chat.send", word))["aborted"]).toBe(false);
  expect(gateway.activeRuns().map(({ runId }) => runId)).toEqual(running);
});

test("version 4 finishes its runs before it stops and takes no new work meanwhile", async () => {
  const { open, gateway, clock } = rig({ protocol: 4, model: () => words(20, 100) });
  const client = await open();
  await client.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
  await clock.advanceAsync(500);
  gateway.stop();
  expect(gateway.status).toBe("draining");
  expect(errorOf(await client.ask("chat.history", { sessionKey: KEY }))).toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    details: { reason: "gateway-restarting" },
  });
  await clock.advanceAsync(5000);
  expect(client.states("k1").at(-1)).toBe("final");
  expect(client.close).toEqual({ code: 1012, reason: "service restart" });
});

test("version 4 sends tool events only to connections that ask for them", async () => {
  const { open, clock } = rig({
    protocol: 4,
    model: () => [tool("exec", { command: "ls" }, "file"), ...say("done")],
  });
  const plain = await open();
  const capable = await open({
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: "gateway-client", version: "1", platform: "node", mode: "backend" },
    scopes: ["operator.read"],
    caps: ["tool-events"],
    auth: { token: "test-token" },
  });
  await plain.ask("chat.send", { sessionKey: KEY, message: "x", idempotencyKey: "k1" });
  await clock.advanceAsync(2000);
  const toolEvents = (client: typeof plain) =>
    client.events("agent").filter((frame) => objectAt(frame, "payload")?.["stream"] === "tool").length;
  expect([toolEvents(plain), toolEvents(capable)]).toEqual([0, 3]);
});

test("version 4 replays what waits to a subscriber of the session, and tells it what became of it", async () => {
  const { open, gateway } = rig({ protocol: 4 });
  const client = await open();
  const { id } = gateway.requestApproval({ sessionKey: "agent:main:main", command: "make" });
  const subscribed = await client.ask("sessions.messages.subscribe", { key: "main", includeApprovals: true });
  const replay = objectAt(payloadOf(subscribed), "approvalReplay") ?? {};
  expect(replay["approvals"]).toMatchObject([
    { id, status: "pending", presentation: { commandText: "make" } },
  ]);
  expect((await client.ask("exec.approval.list"))["payload"]).toMatchObject([{ id, approvalKind: "exec" }]);

  await client.ask("exec.approval.resolve", { id, decision: "allow-once" });
  expect(payloadOf(client.events("session.approval")[0] ?? {})).toMatchObject({
    phase: "terminal",
    approval: { id, status: "allowed", decision: "allow-once", reason: "user" },
  });
  const again = (decision: string) => client.ask("exec.approval.resolve", { id, decision });
  expect((await again("allow-once"))["ok"]).toBe(true);
  expect(errorOf(await again("deny"))["message"]).toBe("approval already resolved");
});

test.each([3, 4] as const)(
  "protocol %i: no answer is older than the announced start of its run",
  async (protocol) => {
    const clock = virtualClock();
    let reads = 0;
    // Real time moves on between two looks at it.
    const moving = { ...clock, now: () => clock.now() + (reads += 1) };
    const gateway = createFakeGateway({ protocol, clock: moving });
    const watcher = gateway.connect({ send() {}, close() {}, terminate() {}, headers: {} });
    watcher?.receive(JSON.stringify({ type: "req", id: "c", method: "connect", params: connectParams() }));
    gateway.receiveMessage(KEY, "hello");
    await clock.advanceAsync(10_000);
    const starts = gateway.log.flatMap(({ frame }) => {
      const data = objectAt(objectAt(frame, "payload") ?? {}, "data") ?? {};
      return data["phase"] === "start" ? [Number(data["startedAt"])] : [];
    });
    const answer = gateway.transcript(KEY).find(({ role }) => role === "assistant");
    expect(starts).toHaveLength(1);
    expect(Number(answer?.row["timestamp"])).toBeGreaterThanOrEqual(starts[0] ?? Number.POSITIVE_INFINITY);
  },
);

test("a gateway whose clock is corrected sends its frames in their order", async () => {
  const clock = virtualClock();
  let backMs = 1_000;
  const corrected = { ...clock, now: () => clock.now() - backMs };
  const gateway = createFakeGateway({ protocol: 3, clock: corrected, model: () => words(5, 20) });
  const seqs: number[] = [];
  const send = (text: string) => {
    const frame: unknown = JSON.parse(text);
    if (isJsonObject(frame) && typeof frame["seq"] === "number") seqs.push(frame["seq"]);
  };
  const watcher = gateway.connect({ send, close() {}, terminate() {}, headers: {} });
  watcher?.receive(JSON.stringify({ type: "req", id: "c", method: "connect", params: connectParams() }));
  gateway.inject({ match: { event: "chat" }, type: "delay", ms: 50 });
  gateway.receiveMessage(KEY, "hello");
  await clock.advanceAsync(20);
  backMs = 0;
  await clock.advanceAsync(10_000);
  expect(seqs.length).toBeGreaterThan(5);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

test("a shorter wait beside a longer one does not turn the time back", async () => {
  const clock = virtualClock();
  await Promise.all([clock.advanceAsync(100), clock.advanceAsync(10)]);
  expect(clock.now()).toBe(virtualClock().now() + 100);
});
