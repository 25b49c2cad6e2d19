import type { RowHeights } from "./row-heights.ts";

/** The rows that are in the document: from `start` up to, but without, `end`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** A stretch of the thread in CSS pixels from its first row. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Rows that are shown before any of them could be measured: what most windows hold. More are a moment later. */
const FIRST_ROWS = 5;
/** So much above and below the viewport is in the document too, so that scrolling finds it there. */
const OVERSCAN_PX = 400;
/** With less than this ahead, more rows are needed. */
const LEAST_AHEAD_PX = 120;
/** Rows that are further away than this are not worth keeping. */
const MOST_AHEAD_PX = 1_000;

/** The last rows. */
export function lastRows(count: number): RowRange {
  return { start: Math.max(0, count - FIRST_ROWS), end: count };
}

/** The rows of a stretch, and some above and below it. */
export function rowsAround({ from, to }: Stretch, heights: RowHeights): RowRange {
  const start = heights.indexAt(from - OVERSCAN_PX);
  const end = heights.indexAt(to + OVERSCAN_PX) + 1;
  return { start, end: Math.min(end, heights.count) };
}

/** Whether the rows in the document are enough for a stretch, and not many more than enough. */
export function isRightFor({ start, end }: RowRange, { from, to }: Stretch, heights: RowHeights): boolean {
  const enoughAbove = start === 0 || heights.top(start) <= from - LEAST_AHEAD_PX;
  const enoughBelow = end >= heights.count || heights.top(end) >= to + LEAST_AHEAD_PX;
  const tooManyAbove = heights.top(start + 1) < from - MOST_AHEAD_PX;
  const tooManyBelow = end < heights.count && heights.top(end - 1) > to + MOST_AHEAD_PX;
  return enoughAbove && enoughBelow && !tooManyAbove && !tooManyBelow;
}

/** The same rows in a list to which rows came or from which rows went. Rows that are all gone: the last ones. */
export function sameRows(range: RowRange, before: readonly string[], after: readonly string[]): RowRange {
  if (before === after) return range;
  const kept = before.slice(range.start, range.end).filter((id) => after.includes(id));
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined) return lastRows(after.length);
  return { start: after.lastIndexOf(first), end: after.lastIndexOf(last) + 1 };
}
