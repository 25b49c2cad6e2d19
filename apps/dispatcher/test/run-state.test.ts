import { expect, test } from "vitest";

import { readEventStream } from "../src/event-stream.ts";
import { isBusy, readEvent, readRunState } from "../src/run-state.ts";

const asked = { info: { id: "msg_1", role: "user" } };
const done = { time: { created: 1, completed: 2 } };
const answer = (fields: object) => ({ info: { id: "msg_2", role: "assistant", ...fields } });
const error = { name: "APIError", data: { message: "away\n    at stack" } };

test.each([
  ["nothing", [], true, { kind: "unasked" }],
  ["the prompt of somebody else", [{ info: { id: "msg_0", role: "user" } }], true, { kind: "unasked" }],
  ["only the prompt", [asked], true, { kind: "silent" }],
  ["only the prompt, on an older server", [asked], false, { kind: "running" }],
  ["a whole answer", [asked, answer({ ...done, finish: "stop" })], true, { kind: "completed" }],
  ["a whole answer of an older server", [asked, answer(done)], false, { kind: "completed" }],
  ["half an answer", [asked, answer({ time: { created: 1 } })], true, { kind: "silent" }],
  ["a step", [asked, answer({ ...done, finish: "tool-calls" })], true, { kind: "silent" }],
  [
    "a step of an older server",
    [asked, answer({ ...done, finish: "tool-calls" })],
    false,
    { kind: "running" },
  ],
  ["an error", [asked, answer({ ...done, error })], true, { kind: "failed", message: "away" }],
  ["an old answer", [answer(done), asked], true, { kind: "silent" }],
  [
    "a step, then an answer",
    [asked, answer({ ...done, finish: "tool-calls" }), answer({ ...done, finish: "stop" })],
    true,
    { kind: "completed" },
  ],
  ["no list at all", "<!doctype html>", false, { kind: "unasked" }],
])("a session with %s is read", (_, messages, statusKnown, state) => {
  expect(readRunState(messages, { message: "msg_1", statusKnown })).toEqual(state);
});

test.each([
  [{ ses_1: { type: "busy" } }, true],
  [{ ses_1: { type: "retry", attempt: 2 } }, true],
  [{ ses_1: { type: "idle" } }, false],
  [{ ses_2: { type: "busy" } }, false],
  [{}, false],
  [undefined, false],
])("with the statuses %j the session is busy: %s", (statuses, busy) => {
  expect(isBusy(statuses, "ses_1")).toBe(busy);
});

const ofSession = { sessionID: "ses_1" };

test.each([
  [{ type: "session.idle", properties: ofSession }, { kind: "idle" }],
  [{ type: "session.idle", properties: { sessionID: "ses_2" } }, { kind: "none" }],
  [
    { type: "session.error", properties: { ...ofSession, error } },
    { kind: "failed", message: "away" },
  ],
  [{ type: "session.error", properties: { error } }, { kind: "none" }],
  [
    { type: "session.error", properties: { ...ofSession, error: { name: "MessageAbortedError" } } },
    { kind: "failed", message: "Somebody stopped it." },
  ],
  [
    { type: "session.error", properties: { ...ofSession, error: { name: "ProviderAuthError", data: {} } } },
    { kind: "failed", message: "ProviderAuthError" },
  ],
  [
    { type: "session.error", properties: ofSession },
    { kind: "failed", message: "The server did not say why." },
  ],
  [
    { type: "session.deleted", properties: ofSession },
    { kind: "failed", message: "Its session was deleted." },
  ],
  [{ type: "message.updated", properties: ofSession }, { kind: "none" }],
  ["not an event", { kind: "none" }],
  [null, { kind: "none" }],
])("the event %j means %j", (event, meaning) => {
  expect(readEvent(event, "ses_1")).toEqual(meaning);
});

test("events are read however they are cut into pieces", async () => {
  const text =
    'data: {"a":1}\n\n: heartbeat\n\nid: 7\r\ndata: {"b":\r\ndata: "ä"}\r\n\r\ndata: no json\n\ndata: {"c":3}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 3, 7, bytes.length]) {
    const events: unknown[] = [];
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.slice(at * size, (at + 1) * size),
    );
    for await (const event of readEventStream(streamOf(chunks))) events.push(event);
    expect(events).toEqual([{ a: 1 }, { b: "ä" }, { c: 3 }]);
  }
});

test("an event without an end is given up", async () => {
  const chunk = new TextEncoder().encode("x".repeat(9_000_000));
  const reading = readEventStream(streamOf([chunk, chunk])).next();
  await expect(reading).rejects.toThrow("without an end");
});

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
