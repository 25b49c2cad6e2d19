import { describe, expect, test } from "vitest";

import { RowHeights } from "../src/scroll/row-heights.ts";
import { isRightFor, lastRows, rowsAround, sameRows } from "../src/scroll/row-range.ts";

const named = (count: number) => Array.from({ length: count }, (_, index) => `row-${index}`);

function heightsOf(count: number, height: number): RowHeights {
  const heights = new RowHeights();
  const ids = named(count);
  heights.setIds(ids);
  heights.measured(new Map(ids.map((id) => [id, height])));
  return heights;
}

describe("the heights of rows", () => {
  test("rows that were never seen are as high as the first ones that were", () => {
    const heights = new RowHeights();
    heights.setIds(named(1_000));
    heights.measured(
      new Map([
        ["row-998", 100],
        ["row-999", 300],
      ]),
    );
    expect(heights.top(998)).toBe(998 * 200);
    expect(heights.top(1_000)).toBe(998 * 200 + 400);
  });

  test("a row that is measured again moves only the rows after it", () => {
    const heights = heightsOf(10, 50);
    expect(heights.top(10)).toBe(500);
    heights.measured(new Map([["row-5", 80]]));
    expect(heights.top(5)).toBe(250);
    expect(heights.top(6)).toBe(330);
    expect(heights.top(10)).toBe(530);
  });

  test("heights stay with their rows when others come above them", () => {
    const heights = new RowHeights();
    heights.setIds(["c", "d"]);
    heights.measured(
      new Map([
        ["c", 10],
        ["d", 30],
      ]),
    );
    heights.setIds(["a", "b", "c", "d"]);
    expect(heights.top(2)).toBe(40);
    expect(heights.top(3)).toBe(50);
  });

  test.each([
    [-50, 0],
    [0, 0],
    [49.9, 0],
    [50, 1],
    [499, 9],
    [9_999, 9],
  ])("at %d px is row %d", (distance, index) => {
    expect(heightsOf(10, 50).indexAt(distance)).toBe(index);
  });

  test("a thread without rows has no height", () => {
    const heights = new RowHeights();
    expect(heights.top(3)).toBe(0);
    expect(heights.indexAt(100)).toBe(0);
  });
});

describe("the rows in the document", () => {
  const heights = heightsOf(1_000, 100);
  const seen = { from: 50_000, to: 50_800 };

  test("are those in sight and some around them, however many there are", () => {
    const range = rowsAround(seen, heights);
    expect(range).toEqual({ start: 496, end: 513 });
    expect(isRightFor(range, seen, heights)).toBe(true);
  });

  test.each([
    ["scrolling within them needs no others", 200, true],
    ["near to their lower edge others are needed", 400, false],
    ["near to their upper edge too", -350, false],
    ["far away from them all are others", 9_000, false],
  ])("%s", (_, by, expected) => {
    const range = rowsAround(seen, heights);
    expect(isRightFor(range, { from: seen.from + by, to: seen.to + by }, heights)).toBe(expected);
  });

  test("at the ends nothing more is needed", () => {
    expect(isRightFor(rowsAround({ from: 0, to: 800 }, heights), { from: 0, to: 800 }, heights)).toBe(true);
    const end = { from: 99_200, to: 100_000 };
    expect(isRightFor(rowsAround(end, heights), end, heights)).toBe(true);
  });

  test("too many are as wrong as too few", () => {
    expect(isRightFor({ start: 0, end: 1_000 }, seen, heights)).toBe(false);
  });

  test("one row that is higher than everything is right alone", () => {
    const tall = new RowHeights();
    tall.setIds(["a", "b", "c"]);
    tall.measured(
      new Map([
        ["a", 100],
        ["b", 90_000],
        ["c", 100],
      ]),
    );
    const middle = { from: 40_000, to: 40_800 };
    expect(rowsAround(middle, tall)).toEqual({ start: 1, end: 2 });
    expect(isRightFor({ start: 1, end: 2 }, middle, tall)).toBe(true);
  });
});

describe("the same rows in another list", () => {
  test.each([
    ["older ones came above", "c d e", "a b c d e", { start: 0, end: 3 }, { start: 2, end: 5 }],
    ["one came below", "a b c", "a b c d", { start: 1, end: 3 }, { start: 1, end: 3 }],
    ["one of them went", "a b c d", "a b d", { start: 1, end: 4 }, { start: 1, end: 3 }],
    ["all went", "a b c", "x y", { start: 0, end: 3 }, { start: 0, end: 2 }],
  ])("%s", (_, before, after, range, expected) => {
    expect(sameRows(range, before.split(" "), after.split(" "))).toEqual(expected);
  });

  test("a first list begins at its end", () => {
    expect(sameRows({ start: 0, end: 0 }, [], named(500))).toEqual(lastRows(500));
    expect(lastRows(3)).toEqual({ start: 0, end: 3 });
  });
});
