import { describe, expect, test } from "vitest";
import { type KnownPages, reducePages } from "../src/components/admin/pages.ts";

const SIZE = 3;

/** `newest` down to 1, a page of them at a time. */
function page(newest: number, before: string = String(newest + 1)) {
  const from = Number(before) - 1;
  const items = Array.from({ length: Math.min(SIZE, from) }, (_, index) => ({ id: String(from - index) }));
  return { items, next: from > SIZE ? String(from - SIZE + 1) : null };
}

const first = (newest: number) => ({ kind: "first", page: page(newest) }) as const;
const older = (before: string) => ({ kind: "older", before, page: page(0, before) }) as const;
const READ_ON = { kind: "read-on" } as const;

type Event = Parameters<typeof reducePages<{ id: string }>>[1];

function after(...events: readonly Event[]): { ids: number[]; next: string | null } {
  const known = events.reduce<KnownPages<{ id: string }> | null>(reducePages, null);
  return { ids: known?.items.map(({ id }) => Number(id)) ?? [], next: known?.next ?? null };
}

describe("a list that is read while it grows", () => {
  test("what moves from the first page to the second is shown once, and not lost", () => {
    const read = [first(9), READ_ON, older("7")];
    expect(after(...read)).toEqual({ ids: [9, 8, 7, 6, 5, 4], next: "4" });
    expect(after(...read, first(11))).toEqual({ ids: [11, 10, 9, 8, 7, 6, 5, 4], next: "4" });
  });

  test("however far it moves, a little at a time, nothing is missing in between", () => {
    const growth = Array.from({ length: 20 }, (_, index) => first(10 + index));
    const { ids } = after(first(9), READ_ON, older("7"), ...growth, older("4"));
    expect(ids).toEqual(Array.from({ length: 29 }, (_, index) => 29 - index));
  });

  test("what comes while older ones are on their way is shown too", () => {
    expect(after(first(9), READ_ON, first(10), older("7")).ids).toEqual([10, 9, 8, 7, 6, 5, 4]);
  });

  test("when it has moved by more than a page, it is read anew rather than with a gap", () => {
    const moved = [first(9), READ_ON, older("7"), first(20)];
    expect(after(...moved)).toEqual({ ids: [20, 19, 18], next: "18" });
    expect(after(...moved, older("4"))).toEqual({ ids: [20, 19, 18], next: "18" });
  });

  test("who reads no further sees one page", () => {
    expect(after(first(9), first(10), first(11))).toEqual({ ids: [11, 10, 9], next: "9" });
  });
});
