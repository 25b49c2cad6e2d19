import { describe, expect, test } from "vitest";

import {
  afterScroll,
  distanceToEnd,
  firstUnread,
  mustCatchUp,
  wantsOlder,
  type Following,
  type View,
} from "../src/scroll/scroll-decisions.ts";

const view = (offset: number, content = 2_000): View => ({ offset, viewport: 500, content });
const at = (offset: number, following: boolean, content = 2_000): Following => ({
  offset,
  following,
  content,
});

describe("whether the newest text stays in sight", () => {
  test.each([
    ["arriving at the end follows", at(900, false), view(1_500), false, true],
    ["a fraction of a pixel short of the end is the end", at(900, false), view(1_499.4), false, true],
    ["scrolling up stops following", at(1_500, true), view(1_300), true, false],
    [
      "scrolling up without an input event (a screen reader) stops following too",
      at(1_500, true),
      view(1_300),
      false,
      false,
    ],
    ["scrolling down without arriving does not follow", at(900, false), view(1_200), true, false],
    [
      "text that grows below moves nothing and keeps following",
      at(1_500, true),
      view(1_500, 2_400),
      false,
      true,
    ],
    ["content that shrank and grew again keeps following", at(1_500, true), view(1_380, 2_050), false, true],
    ["the same with a hand on the wheel stops following", at(1_500, true), view(1_380, 2_050), true, false],
    ["once away, a layout change does not start following", at(1_000, false), view(900, 2_050), false, false],
  ] as const)("%s", (_, before, now, byHand, following) => {
    expect(afterScroll(before, now, byHand)).toEqual({ following, offset: now.offset, content: now.content });
  });

  test("only a follower is moved, and only when there is something to catch up with", () => {
    expect(mustCatchUp(at(0, true), view(1_400))).toBe(true);
    expect(mustCatchUp(at(0, true), view(1_500))).toBe(false);
    expect(mustCatchUp(at(0, false), view(1_400))).toBe(false);
  });

  test("an overscrolled viewport is not beyond the end", () => {
    expect(distanceToEnd(view(1_600))).toBe(0);
  });
});

test.each([
  ["near the beginning", at(0, false), view(300), true],
  ["far from it", at(0, false), view(1_200), false],
  ["at the end of a short conversation", at(0, true), view(0, 400), false],
] as const)("older messages are fetched %s: %o", (_, following, now, expected) => {
  expect(wantsOlder(following, now)).toBe(expected);
});

test.each([
  ["an attentive reader has read everything", null, "a b", "a b c", true, null],
  ["what came while the reader was away is unread", null, "a b", "a b c d", false, "c"],
  ["later ones do not move the mark", "c", "a b c", "a b c d", false, "c"],
  ["the mark stays while its rows are read", "c", "a b c", "a b c d", true, "c"],
  ["older pages are not unread", null, "c d", "a b c d", false, null],
  ["a mark whose row is gone is made anew", "x", "a x b", "a b c", false, "c"],
  ["the first page of a session is not unread", null, "", "a b", false, null],
] as const)("%s", (_, current, before, after, attentive, expected) => {
  const ids = (text: string) => text.split(" ").filter(Boolean);
  expect(firstUnread(current, ids(before), ids(after), attentive)).toBe(expected);
});
