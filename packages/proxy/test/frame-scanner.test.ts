import { expect, test } from "vitest";

import { FrameScanner, closeFrame } from "../src/index.ts";
import { frame } from "./raw-client.ts";

function scan(pieces: readonly Uint8Array[]): { sizes: number[]; scanner: FrameScanner } {
  const sizes: number[] = [];
  const scanner = new FrameScanner((bytes) => sizes.push(bytes));
  for (const piece of pieces) expect(scanner.feed(piece)).toBe(piece.length);
  return { sizes, scanner };
}

const STREAM = [true, false].flatMap((masked) => [
  frame(1, "hello", masked),
  frame(9, "ping", masked),
  frame(2, Buffer.alloc(300), masked),
  frame(10, "", masked),
  frame(1, "", masked),
  frame(2, Buffer.alloc(70_000), masked),
  frame(0, "continued", masked),
  frame(8, Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from("bye")]), masked),
]);
const BYTES = Buffer.concat(STREAM);

test("data messages are counted, control frames and continuations are not, however the bytes are cut", () => {
  for (const size of [BYTES.length, 70_010, 4_096, 13, 7, 3, 2, 1]) {
    const pieces = Array.from({ length: Math.ceil(BYTES.length / size) }, (_, index) =>
      BYTES.subarray(index * size, (index + 1) * size),
    );
    const { sizes, scanner } = scan(pieces);
    expect(sizes, `pieces of ${size}`).toEqual([5, 300, 0, 70_000, 5, 300, 0, 70_000]);
    expect(scanner.messages).toBe(8);
    expect(scanner.closeCode).toBe(4_001);
    expect(scanner.atBoundary).toBe(true);
  }
});

test("it knows where a frame ends", () => {
  let at = 0;
  const ends = new Set([0]);
  for (const one of STREAM) ends.add((at += one.length));
  const scanner = new FrameScanner(() => undefined);
  for (let index = 0; index < 2_000; index += 1) {
    expect(scanner.atBoundary, `at ${index}`).toBe(ends.has(index));
    scanner.feed(BYTES.subarray(index, index + 1));
  }
});

test("it stops at the first end of a frame when asked to", () => {
  const scanner = new FrameScanner(() => undefined);
  scanner.feed(BYTES.subarray(0, 3));
  const first = (STREAM[0]?.length ?? 0) - 3;
  expect(scanner.feed(BYTES.subarray(3), true)).toBe(first);
  expect(scanner.atBoundary).toBe(true);
});

test.each([true, false])("the close code is read, masked: %s", (masked) => {
  expect(scan([frame(8, Buffer.from([0x03, 0xe8]), masked)]).scanner.closeCode).toBe(1_000);
  expect(scan([frame(8, "", masked)]).scanner.closeCode).toBe(1_005);
  const twice = [frame(8, Buffer.from([0x03, 0xe9]), masked), frame(8, Buffer.from([0x03, 0xe8]), masked)];
  expect(scan(twice).scanner.closeCode).toBe(1_001);
});

test("a length that no frame can have ends the counting, not the stream", () => {
  const impossible = Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]);
  const { scanner } = scan([impossible, frame(1, "hello", false)]);
  expect(scanner.messages).toBe(0);
});

test("our close frame says why, and never more than a control frame can hold", () => {
  const whole = closeFrame(1012, "x".repeat(500));
  expect(whole).toHaveLength(127);
  const { scanner } = scan([whole]);
  expect(scanner.closeCode).toBe(1012);
  expect(scanner.atBoundary).toBe(true);
});
