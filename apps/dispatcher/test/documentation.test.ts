import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ENVIRONMENT, FLAGS } from "../src/config.ts";
import { AGENTS, readWork } from "../src/work.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/dispatcher.md"), "utf8");

/** The cells of every table row whose first cell looks like this. */
function rows(first: RegExp): string[][] {
  return page
    .split("\n")
    .filter((line) => first.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("the page lists exactly the flags there are, with their defaults", () => {
  expect(rows(/^\| `--/)).toEqual(FLAGS.map((flag) => [`--${flag.name}`, flag.default, flag.about]));
});

test("the page lists exactly the environment variables there are", () => {
  expect(rows(/^\| `[A-Z]+_/)).toEqual(ENVIRONMENT.map(({ name, about }) => [name, about]));
});

test("the task on the page is one", () => {
  const [, example = ""] = /^```markdown\n(.*?)^```/ms.exec(page) ?? [];
  expect(readWork(example)).toMatchObject({ kind: "work", tags: ["autocode"], work: { project: "Archer" } });
});

test("the page names every agent", () => {
  for (const agent of AGENTS) expect(page).toContain(`\`${agent}\``);
});
