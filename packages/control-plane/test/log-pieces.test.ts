import { expect, test } from "vitest";
import { LogPieces, logPieces, parseQuestion, questionOf } from "../src/database/log-pieces.ts";

const ID = "0123456789abcdef01234567";

function assembled(pieces: readonly string[], id = ID) {
  const log = new LogPieces();
  return pieces.map((piece) => log.add(id, piece)).at(-1) ?? null;
}

test("lines come out as they went in, over as many notifications as they need", () => {
  const lines = Array.from({ length: 200 }, (_, at) => `line ${at} ${"ü\u0001".repeat(at)}`);
  const pieces = logPieces(ID, "d", lines);
  expect(pieces.length).toBeGreaterThan(3);
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThan(8_000);
  expect(assembled(pieces)?.lines).toEqual(lines.slice(-(assembled(pieces)?.lines.length ?? 0)));
  expect(assembled(pieces)?.lines.at(-1)).toBe(lines.at(-1));
});

test("of too much output the newest is told, and an endless line is cut", () => {
  const pieces = logPieces(
    ID,
    "d",
    Array.from({ length: 500 }, (_, at) => `${at} ${"x".repeat(5_000)}`),
  );
  const lines = assembled(pieces)?.lines ?? [];
  expect(lines.at(-1)).toMatch(/^499 x+…$/);
  expect(Buffer.byteLength(pieces.join(""))).toBeLessThan(80_000);
});

test("an answer of which a piece was missed is left out, and the next one counts", () => {
  const log = new LogPieces();
  const [first = "", ...others] = logPieces(
    ID,
    "a",
    Array.from({ length: 50 }, () => "x".repeat(900)),
  );
  expect(others.length).toBeGreaterThan(1);
  expect([first, ...others.slice(1)].map((piece) => log.add(ID, piece)).at(-1)).toBeNull();
  expect(log.add(ID, logPieces(ID, "b", ["whole"])[0] ?? "")).toEqual({ digest: "b", lines: ["whole"] });
});

test("another gateway's output, and whatever else is said in the channel, is passed over", () => {
  expect(assembled(logPieces("f".repeat(24), "d", ["theirs"]))).toBeNull();
  for (const payload of ["", "{", "null", "[1]", '{"id":1}']) {
    expect(new LogPieces().add(ID, payload)).toBeNull();
    expect(parseQuestion(payload)).toBeNull();
  }
  expect(parseQuestion(questionOf("../etc/passwd", ""))).toBeNull();
  expect(parseQuestion(questionOf(ID, "d"))).toEqual({ id: ID, known: "d" });
});
