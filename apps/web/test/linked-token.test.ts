import { expect, test } from "vitest";
import { takeLinkedToken } from "../src/components/linked-token.ts";

function tab(hash: string) {
  const location = { hash, pathname: "/chat", search: "?x=1" };
  const shown: unknown[] = [];
  const history = {
    state: { kept: true },
    replaceState: (state: unknown, _: string, url?: string | URL | null) => {
      shown.push([state, url]);
      location.hash = "";
    },
  };
  return { take: () => takeLinkedToken(location, history), shown };
}

test("a linked token is read once, and then stands in no address", () => {
  const { take, shown } = tab("#token=a%2Btoken");
  expect(take()).toBe("a+token");
  expect(shown).toEqual([[{ kept: true }, "/chat?x=1"]]);
  expect(take()).toBeNull();
});

test("an address without a token is left as it is", () => {
  const { take, shown } = tab("#somewhere");
  expect(take()).toBeNull();
  expect(shown).toEqual([]);
});
