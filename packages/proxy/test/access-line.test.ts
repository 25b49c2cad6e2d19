import { expect, test } from "vitest";

import { accessLine } from "../src/index.ts";
import type { AccessRecord } from "../src/index.ts";

const RECORD: AccessRecord = {
  kind: "http",
  requestId: "id-1",
  routeId: "r",
  method: "GET",
  path: "/r/a",
  status: 200,
  layer: "streaming",
  outcome: "ok",
  client: "127.0.0.1",
  startedAt: 1_700_000_000_000,
  firstByteMs: 1.23456,
  durationMs: 2,
  bytesIn: 0,
  bytesOut: 5,
  messagesIn: 0,
  messagesOut: 0,
  closeCode: undefined,
};

test("a line is one line of JSON that says what the record says", () => {
  const line = accessLine(RECORD);
  const { messagesIn: _in, messagesOut: _out, closeCode: _code, ...http } = RECORD;
  expect(JSON.parse(line)).toEqual({ ...http, firstByteMs: 1.235 });
  const socket: AccessRecord = {
    ...RECORD,
    kind: "websocket",
    messagesIn: 3,
    closeCode: 1000,
    routeId: undefined,
  };
  expect(JSON.parse(accessLine(socket))).toMatchObject({ messagesIn: 3, messagesOut: 0, closeCode: 1000 });
  expect(JSON.parse(accessLine(socket))).not.toHaveProperty("routeId");
});

test("nothing a client writes can end the line, or the text it stands in", () => {
  for (const path of ['/"', "/\\", "/\n{}", "/\u2028", "/\u0000\u001b[31m", "/ü€", '/","status":500']) {
    const line = accessLine({ ...RECORD, path, method: path, client: path, requestId: path });
    expect(line).toMatch(/^[ -~]*$/);
    expect(JSON.parse(line)).toMatchObject({
      path,
      method: path,
      client: path,
      requestId: path,
      status: 200,
    });
  }
});
