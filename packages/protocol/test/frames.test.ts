import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  encodeRequest,
  frameBytes,
  parseFrame,
  parseGatewayFrame,
  readFrame,
  readProtocolMismatch,
  readTokenSeq,
  hintProtocol,
} from "../src/index.ts";

describe("parseFrame", () => {
  test("reads an answer, a refusal and an event", () => {
    expect(parseFrame('{"type":"res","id":"1","ok":true,"payload":{"a":1}}')).toEqual({
      kind: "response",
      frame: { type: "res", id: "1", ok: true, payload: { a: 1 } },
    });
    expect(
      parseFrame('{"type":"res","id":"1","ok":false,"error":{"code":"X","message":"m","retryAfterMs":5}}'),
    ).toEqual({
      kind: "response",
      frame: { type: "res", id: "1", ok: false, error: { code: "X", message: "m", retryAfterMs: 5 } },
    });
    expect(parseFrame('{"type":"event","event":"tick","payload":{"ts":1},"seq":7}')).toEqual({
      kind: "event",
      frame: { type: "event", event: "tick", payload: { ts: 1 }, seq: 7 },
    });
  });

  test("ignores keys that it does not know, and fields of the wrong type", () => {
    const text = '{"type":"event","event":"tick","seq":"7","stateVersion":3,"new":true}';
    expect(parseFrame(text)).toEqual({
      kind: "event",
      frame: { type: "event", event: "tick", payload: undefined },
    });
  });

  test("reads a refusal without a readable error as a refusal", () => {
    expect(parseFrame('{"type":"res","id":"1","ok":false}')).toMatchObject({
      kind: "response",
      frame: { ok: false, error: { code: "UNKNOWN" } },
    });
  });

  test.each([
    ["", "frame is not JSON"],
    ["{", "frame is not JSON"],
    ["[]", "frame is not an object"],
    ["null", "frame is not an object"],
    ["{}", "unknown frame type"],
    ['{"type":"res","ok":true}', "response without id"],
    ['{"type":"res","id":"1"}', "response without ok"],
    ['{"type":"event"}', "event without name"],
    ['{"type":"req","id":"1"}', "request without method"],
  ])("says why %j is no frame", (text, reason) => {
    expect(parseFrame(text)).toEqual({ kind: "invalid", reason });
  });

  test("reads a request for who serves, and not for who only listens", () => {
    const request = '{"type":"req","id":"1","method":"health"}';
    expect(parseFrame(request)).toMatchObject({ kind: "request", frame: { method: "health" } });
    expect(parseGatewayFrame(request)).toEqual({ kind: "invalid", reason: "unknown frame type" });
    const event = '{"type":"event","event":"tick","payload":{"ts":1},"seq":7}';
    expect(parseGatewayFrame(event)).toEqual(parseFrame(event));
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void [parseFrame(text), parseGatewayFrame(text)]));
    const frames = fc.record({ type: fc.constantFrom("res", "event", "req") }, { requiredKeys: [] });
    const fields = fc.dictionary(
      fc.constantFrom("id", "ok", "error", "event", "payload", "seq", "method"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(frames, fields, (frame, rest) => {
        expect(["response", "event", "request", "invalid"]).toContain(readFrame({ ...rest, ...frame }).kind);
      }),
    );
  });

  test("reads back every request that encodeRequest writes", () => {
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(
        name,
        name,
        fc.option(fc.dictionary(name, fc.jsonValue()), { nil: undefined }),
        (id, method, params) => {
          const parsed = parseFrame(encodeRequest(id, method, params));
          expect(JSON.stringify(parsed)).toBe(
            JSON.stringify({ kind: "request", frame: { type: "req", id, method, params } }),
          );
        },
      ),
    );
  });
});

test("a frame's size is counted in bytes", () => {
  expect(frameBytes("aé€😀")).toBe(10);
});

describe("protocol versions", () => {
  test("a mismatch names the wanted version and whether it can be spoken", () => {
    const error = (details?: object) => ({ code: "INVALID_REQUEST", message: "protocol mismatch", details });
    expect(readProtocolMismatch(error({ expectedProtocol: 4 }))).toEqual({
      expectedProtocol: 4,
      canSpeakExpected: true,
    });
    expect(readProtocolMismatch(error({ expectedProtocol: 5 }))).toEqual({
      expectedProtocol: 5,
      canSpeakExpected: false,
    });
    expect(readProtocolMismatch(error())).toEqual({ canSpeakExpected: false });
    expect(readProtocolMismatch({ code: "INVALID_REQUEST", message: "unauthorized" })).toBeNull();
  });

  test("the challenge hints at the version", () => {
    expect(hintProtocol({})).toBe(3);
    expect(hintProtocol({ capabilities: ["model-catalog-snapshot"] })).toBe(4);
  });
});

describe("readTokenSeq", () => {
  const token = (rest: string) =>
    `{"type":"event","event":"agent","payload":{"runId":"r1","stream":"assistant",${rest}`;

  test("reads the frame's own number, never one that is inside of it", () => {
    expect(readTokenSeq(token('"data":{"text":"a","delta":"a"},"seq":2},"seq":251}'))).toBe(251);
    const inside = [
      token('"data":{"text":"a"},"seq":2}}'),
      token('"data":{"text":"},\\"seq\\":9}"}}}'),
      token('"seq":2},"seq":251,"stateVersion":{"presence":1,"health":2}}'),
    ];
    for (const text of inside) expect([text, readTokenSeq(text)]).toEqual([text, undefined]);
  });

  test("a text that looks like one inside of another frame is none", () => {
    const quoted = JSON.stringify({
      type: "event",
      event: "chat",
      payload: { text: token('"data":{}},"seq":1}') },
      seq: 4,
    });
    const tool = token('"data":{}},"seq":1}').replace("assistant", "tool");
    for (const text of [quoted, tool, "", "{"]) expect([text, readTokenSeq(text)]).toEqual([text, undefined]);
  });
});
