import { render } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import { fold } from "../src/find/find-messages.ts";
import { locateMatch } from "../src/find/match-on-page.ts";
import { findMatches, matchAt } from "../src/find/matches.ts";
import { Markdown } from "../src/markdown/index.ts";
import type { TextGroups } from "../src/scroll/text-groups.ts";

/** What is marked of a message that says these texts. */
function marked(
  texts: readonly string[],
  query: string,
  at: { readonly text: number; readonly nth: number },
) {
  const { container } = render(
    <article>
      <div className="automna-message-body">
        {texts.map((text) => (
          <Markdown key={text} text={text} />
        ))}
      </div>
    </article>,
  );
  const place = locateMatch({ id: "m1", ...at }, fold(query))(container, () => undefined);
  return place instanceof Range ? place : null;
}

describe("a match on the page", () => {
  test.each([
    ["is marked as it is written, whatever its case and accents", "Das Café liegt am Fluß.", "cafe", "Café"],
    [
      "may go on from one inline element to the next",
      "It is **very** important.",
      "s very imp",
      "s very imp",
    ],
    ["may be in code", 'Run:\n\n```sh\necho "Copy"\n```', "copy", "Copy"],
    ["may hold signs of more than one unit", "Ready 👍🏽 go, ﬁne.", "👍🏽 go", "👍🏽 go"],
  ])("%s", (_, text, query, found) => {
    expect(marked([text], query, { text: 0, nth: 0 })?.toString()).toBe(found);
  });

  test("never goes on from one block to the next", () => {
    expect(marked(["- one\n- two"], "onetwo", { text: 0, nth: 0 })).toBeNull();
  });

  test("is the one that was asked for", () => {
    const texts = ["a plan and a plan", "a plan, a plan and the last plan"];
    const last = marked(texts, "plan", { text: 1, nth: 2 });
    expect(last?.startContainer.textContent?.slice(0, last.startOffset)).toBe("a plan, a plan and the last ");
  });

  test("that the page does not show is the one beside it, and at last the message itself", () => {
    const link = "[tides](https://tides.test/tides)";
    expect(marked([link], "tides", { text: 0, nth: 2 })?.toString()).toBe("tides");
    expect(marked([link], "https", { text: 0, nth: 0 })).toBeNull();
  });

  test("in a text of which not all is there is waited for until its group is", () => {
    const { container } = render(
      <div className="automna-message-body">
        <Markdown text="the second plan" />
      </div>,
    );
    let isThere = false;
    const groups: TextGroups = {
      sources: () => ["a plan and more", "nothing", "the second plan"],
      elementsOf: () => [...container.querySelectorAll("p")],
      goTo: (group) => {
        expect(group).toBe(2);
        const moves = !isThere;
        isThere = true;
        return moves;
      },
    };
    const locate = locateMatch({ id: "m1", text: 0, nth: 1 }, "plan");
    expect(locate(container, () => groups)).toBe("coming");
    expect(String(locate(container, () => groups))).toBe("plan");
  });
});

describe("matches", () => {
  const state = {
    transcript: {
      order: ["m1", "m2", "m3"],
      live: {},
      settled: Object.fromEntries(
        [["A plan."], ["none"], ["Plan, plan", "and a PLÁN"]].map((texts, index) => [
          `m${index + 1}`,
          {
            id: `m${index + 1}`,
            role: "assistant" as const,
            status: "complete" as const,
            parts: texts.map((text) => ({ type: "text" as const, text })),
            createdAt: 0,
            stored: true,
          },
        ]),
      ),
    },
  };

  test("are counted by place, oldest first", () => {
    const matches = findMatches(state, " plan ");
    expect(matches.count).toBe(4);
    expect([0, 1, 2, 3, 4, -1].map((index) => matchAt(matches, index))).toEqual([
      { id: "m1", text: 0, nth: 0 },
      { id: "m3", text: 0, nth: 0 },
      { id: "m3", text: 0, nth: 1 },
      { id: "m3", text: 1, nth: 0 },
      null,
      null,
    ]);
  });

  test("of nothing are none", () => {
    expect(findMatches(state, "  ").count).toBe(0);
  });
});
