import { expect, test } from "vitest";

import { parseDuration } from "@automna/cli";

test.each([
  ["5s", 5_000],
  ["800ms", 800],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["0", 0],
  ["250us", 0.25],
  ["", undefined],
  ["5", undefined],
  ["s", undefined],
  ["-5s", undefined],
  ["5 s", undefined],
  ["5sec", undefined],
])("the duration %j is %j milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
