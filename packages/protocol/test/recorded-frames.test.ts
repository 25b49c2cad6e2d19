import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { parseFrame, readTokenSeq, splitMessageHint, type GatewayEvent } from "../src/index.ts";
import { parseCapture, readCapture, type ReadFrame, type RecordedLine } from "./recorded-frames.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");

function fixture(name: string): RecordedLine[] {
  return parseCapture(readFileSync(join(FIXTURES, name), "utf8"));
}

function eventsOf(name: string): GatewayEvent[] {
  return readCapture(fixture(name)).flatMap((read) => (read.kind === "event" ? read.event : []));
}

function answersTo(name: string, method: string): unknown[] {
  return readCapture(fixture(name)).flatMap((read) =>
    read.kind === "answer" && read.method === method && read.payload?.ok ? [read.payload.value] : [],
  );
}

describe.each(readdirSync(FIXTURES).filter((name) => name.endsWith(".jsonl")))("%s", (name) => {
  test("every frame parses", () => {
    const read = readCapture(fixture(name));
    expect(read.filter((frame): frame is ReadFrame & { kind: "failed" } => frame.kind === "failed")).toEqual(
      [],
    );
    expect(read.length).toBeGreaterThan(20);
  });
});

describe.each(["clawdbot", "openclaw"])("%s", (product) => {
  test("no recorded state or stream is unknown", () => {
    const unknown = eventsOf(`${product}-events.jsonl`).filter(
      (event) =>
        (event.type === "chat" && event.payload.state === "unknown") ||
        (event.type === "agent" && event.payload.stream === "unknown"),
    );
    expect(unknown).toEqual([]);
  });

  test("the tokens of a reply are told by the text of their frames, and nothing else is taken for one", () => {
    const frames = fixture(`${product}-events.jsonl`).flatMap(({ dir, frame }) =>
      dir === "in" && frame !== undefined ? JSON.stringify(frame) : [],
    );
    const isToken = (text: string) =>
      text.includes('"event":"agent"') && text.includes('"stream":"assistant"');
    expect(frames.some(isToken)).toBe(true);
    for (const text of frames) {
      const parsed = parseFrame(text);
      const seq = parsed.kind === "event" && isToken(text) ? parsed.frame.seq : undefined;
      expect([text, readTokenSeq(text)]).toEqual([text, seq]);
    }
  });

  test("every message of every recorded history is read", () => {
    const lines = fixture(`${product}-answers.jsonl`);
    const histories = readCapture(lines).flatMap((read) => {
      if (read.kind !== "answer" || read.method !== "chat.history" || !read.frame.ok || !read.payload?.ok)
        return [];
      return [{ source: read.frame.payload, parsed: read.payload.value }];
    });
    expect(histories.length).toBeGreaterThan(10);
    for (const { source, parsed } of histories) {
      if (!isHistory(source) || !isHistory(parsed)) continue;
      expect(parsed.messages).toHaveLength(source.messages.length);
      const unread = JSON.stringify(parsed).match(/"type":"unknown","sourceType":"(?!file")[^"]*"/g);
      expect(unread).toBeNull();
    }
  });
});

function isHistory(value: unknown): value is { messages: unknown[] } {
  return typeof value === "object" && value !== null && "messages" in value && Array.isArray(value.messages);
}

test("hello-ok of both versions reads the same", () => {
  const [three] = answersTo("clawdbot-answers.jsonl", "connect");
  const [four] = answersTo("openclaw-answers.jsonl", "connect");
  const sessionDefaults = { defaultAgentId: "main", mainKey: "main", mainSessionKey: "agent:main:main" };
  expect(three).toMatchObject({
    protocol: 3,
    server: { version: "dev" },
    features: { methods: expect.arrayContaining(["health"]), capabilities: [] },
    sessionDefaults,
    policy: { maxPayload: 524_288, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
  });
  expect(four).toMatchObject({
    protocol: 4,
    server: { version: "2026.9.6" },
    features: {
      methods: expect.arrayContaining(["health"]),
      capabilities: expect.arrayContaining(["chat-send-routing-contract"]),
    },
    sessionDefaults,
    policy: {
      maxPayload: 26_214_400,
      tickIntervalMs: 30_000,
      attachments: { maxBytes: 19_464_192, maxImageBytes: 6_291_456 },
    },
  });
});

test("version 3's chat events are delta, final and aborted; version 4 adds status and error", () => {
  const states = (name: string) =>
    new Set(eventsOf(name).flatMap((event) => (event.type === "chat" ? event.payload.state : [])));
  expect(states("clawdbot-events.jsonl")).toEqual(new Set(["delta", "final", "aborted"]));
  expect(states("openclaw-events.jsonl")).toEqual(new Set(["status", "delta", "final", "aborted", "error"]));
});

test("a tool call is told by start, update and result on both versions", () => {
  for (const name of ["clawdbot-events.jsonl", "openclaw-events.jsonl"]) {
    const phases = eventsOf(name).flatMap((event) =>
      event.type === "agent" && event.payload.stream === "tool" ? event.payload.phase : [],
    );
    expect(new Set(phases), name).toEqual(new Set(["start", "update", "result"]));
  }
});

test("a run in flight comes with its text", () => {
  const runs = answersTo("openclaw-answers.jsonl", "chat.history").flatMap((history) =>
    typeof history === "object" &&
    history !== null &&
    "inFlightRun" in history &&
    history.inFlightRun !== undefined
      ? [history.inFlightRun]
      : [],
  );
  expect(runs).toContainEqual(expect.objectContaining({ text: expect.stringMatching(/^w1 w2/) }));
});

test("shutdown tells a restart from a stop", () => {
  for (const name of ["clawdbot-events.jsonl", "openclaw-events.jsonl"]) {
    const notices = eventsOf(name).flatMap((event) => (event.type === "shutdown" ? event.payload : []));
    expect(notices, name).toContainEqual({ reason: "gateway restarting", restartExpectedMs: 1500 });
    expect(notices, name).toContainEqual({ reason: "gateway stopping", restartExpectedMs: undefined });
  }
});

test("version 3 leaves a send's id in the preview", () => {
  const previews = answersTo("clawdbot-answers.jsonl", "sessions.preview").flat();
  const texts = previews.flatMap((preview) =>
    typeof preview === "object" && preview !== null && "items" in preview && Array.isArray(preview.items)
      ? preview.items.map((item: { text: string }) => splitMessageHint(item.text))
      : [],
  );
  expect(texts).toContainEqual({
    text: expect.stringMatching(/^\S/),
    messageId: expect.stringMatching(/^[\w-]{36}$/),
  });
});
