import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRedactor } from "../src/index.ts";
import { GatewayLog, tailOf } from "../src/drivers/process/gateway-log.ts";

const SECRET = "a-secret-that-is-long-enough";
let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "automna-log-"));
  path = join(dir, "gateway.log");
});

afterEach(() => rm(dir, { recursive: true }));

async function logged(...chunks: string[]): Promise<string> {
  const log = await GatewayLog.open(path, createRedactor([SECRET]));
  const output = new PassThrough();
  log.follow(output);
  for (const chunk of chunks) output.write(chunk);
  output.end();
  await finished(output);
  await log.close();
  return readFile(path, "utf8");
}

test("a secret that arrives in two pieces is replaced all the same", async () => {
  const text = await logged(`the token is ${SECRET.slice(0, 10)}`, `${SECRET.slice(10)}, keep it\n`);
  expect(text).toBe("the token is [redacted], keep it\n");
});

test("the last line needs no end", async () => {
  expect(await logged("one\ntw", "o")).toBe("one\ntwo\n");
});

test("a line without an end is cut, and no secret at the cut is split", async () => {
  const filler = "x".repeat(64 * 1024 - 5);
  const text = await logged(filler, SECRET, filler, SECRET, filler, "\n");
  expect(text.replaceAll("\n", "")).toBe(`${filler}[redacted]${filler}[redacted]${filler}`);
  expect(text.split("\n").length).toBeGreaterThan(2);
});

test("a full file moves aside and a new one begins", async () => {
  const line = "y".repeat(1023);
  const log = await GatewayLog.open(path, createRedactor());
  for (let count = 0; count < 6000; count++) log.write(line);
  await log.close();
  const [current, previous] = [await stat(path), await stat(`${path}.1`)];
  expect(previous.size).toBeGreaterThan(5 * 1024 * 1024);
  expect(current.size + previous.size).toBe(6000 * 1024);
});

test("the tail is the last lines, of a log that is being written too", async () => {
  await logged(Array.from({ length: 50 }, (_, n) => `line ${n}\n`).join(""));
  expect(await tailOf(path, 3)).toEqual(["line 47", "line 48", "line 49"]);
  expect(await tailOf(join(dir, "none"), 3)).toEqual([]);
});
