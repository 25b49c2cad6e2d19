import { expect, test } from "vitest";
import { createLog } from "../src/server/log.ts";

const RECORD = {
  kind: "http",
  requestId: "r-1",
  routeId: "abc",
  method: "GET",
  path: "/i/abc/",
  status: 200,
  layer: "streaming",
  outcome: "ok",
  client: "203.0.113.7",
  startedAt: 1,
  firstByteMs: 2,
  durationMs: 3,
  bytesIn: 4,
  bytesOut: 5,
  messagesIn: 0,
  messagesOut: 0,
  closeCode: undefined,
} as const;

function capture(level: "info" | "warn") {
  let text = "";
  const log = createLog(level, { write: (part: string) => (text += part) });
  const lines = (): unknown[] =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return { log, lines };
}

test("an access line has the form of every other line", () => {
  const { log, lines } = capture("info");
  log.access?.write(RECORD);
  log.access?.flush();
  const { closeCode: _, messagesIn: _in, messagesOut: _out, ...fields } = RECORD;
  expect(lines()).toEqual([
    { level: "info", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), msg: "access", ...fields },
  ]);
});

test("lines that wait are written by themselves, and each once", async () => {
  const { log, lines } = capture("info");
  for (let count = 0; count < 3; count += 1) log.access?.write(RECORD);
  expect(lines()).toEqual([]);
  await expect.poll(() => lines().length).toBe(3);
  log.access?.flush();
  expect(lines()).toHaveLength(3);
});

test("a secret in a path is written nowhere, even when it became known after the path", () => {
  const { log, lines } = capture("info");
  const path = "/i/abc/hook/s3cr3t-value";
  log.access?.write(RECORD);
  log.access?.write({ ...RECORD, path });
  log.access?.flush();
  log.redactor.add("s3cr3t-value");
  log.access?.write({ ...RECORD, path });
  log.access?.flush();
  expect(lines().at(-1)).toMatchObject({ path: "/i/abc/hook/[redacted]" });
});

test("at a level that leaves information out there are no access lines", () => {
  expect(capture("warn").log.access).toBeNull();
});
