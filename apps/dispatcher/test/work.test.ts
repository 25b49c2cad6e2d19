import { expect, test } from "vitest";

import { readWork } from "../src/work.ts";

const work = { project: "Archer", model: undefined, agent: "coder", prompt: "Fix it." };

test.each([
  ["only what is required", "---\nproject: Archer\n---\n\nFix it.\n", work],
  [
    "everything",
    "---\nproject: Archer\nmodel: anthropic/claude\nagent: task\n---\nFix it.",
    { ...work, model: "anthropic/claude", agent: "task" },
  ],
  ["line ends of Windows and a mark at the start", "\uFEFF---\r\nproject: Archer\r\n---\r\nFix it.", work],
  ["empty lines before it", "\n\n---\nproject: Archer\n---\nFix it.", work],
  ["a folder with a number for a name", "---\nproject: 2048\n---\nFix it.", { ...work, project: "2048" }],
  ["a rule in the prompt", "---\nproject: Archer\n---\nA\n---\nB", { ...work, prompt: "A\n---\nB" }],
  ["fields of other programs", "---\nproject: Archer\nmood: [good]\n---\nFix it.", work],
])("a task with %s is read", (_, text, expected) => {
  expect(readWork(text)).toMatchObject({ kind: "work", work: expected });
});

test.each([
  ["no frontmatter", "Fix it.", "Begin the task with a line ---"],
  ["frontmatter that does not end", "---\nproject: Archer\nFix it.", "Begin the task with a line ---"],
  ["frontmatter without a field", "---\n---\nFix it.", "Write the name of the project's folder"],
  ["no project", "---\nagent: coder\n---\nFix it.", "Write the name of the project's folder"],
  ["a list as project", "---\nproject: [a]\n---\nFix it.", "Write the name of the project's folder"],
  ["an unknown agent", "---\nproject: a\nagent: painter\n---\nFix it.", "agent: as coder or task"],
  ["an empty model", "---\nproject: a\nmodel:\n---\nFix it.", "model: as provider/model"],
  ["no prompt", "---\nproject: a\n---\n \n", "below the second line ---"],
  ["a list instead of fields", "---\n- a\n---\nFix it.", "NAME: VALUE"],
  ["broken YAML", '---\nproject: "a\n---\nFix it.', "are no YAML: Missing closing"],
  ["a bomb of aliases", `---\n${bomb()}\n---\nFix it.`, "are no YAML: Excessive alias count"],
])("a task with %s is faulty, and its writer is told what to write", (_, text, advice) => {
  const read = readWork(text);
  expect(read.kind === "faulty" && read.problems.join(" ")).toContain(advice);
});

test("every mistake is told at once", () => {
  const read = readWork("---\nagent: painter\n---\n");
  expect(read.kind === "faulty" && read.problems).toHaveLength(3);
});

test.each([
  ["[autocode, later]", ["autocode", "later"]],
  ["autocode later", ["autocode", "later"]],
  ["'#Autocode, later'", ["autocode", "later"]],
  ["", []],
])("the tags %s are %j", (tags, expected) => {
  expect(readWork(`---\nproject: a\ntags: ${tags}\n---\nFix it.`).tags).toEqual(expected);
});

test("a task whose frontmatter is broken keeps its tag, so that its writer is told", () => {
  expect(readWork('---\ntags: [autocode]\nproject: "a\n---\nFix it.').tags).toContain("autocode");
});

function bomb(): string {
  const levels = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [at, letter] of "bcdefgh".split("").entries()) {
    const before = "abcdefgh"[at];
    levels.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(",")}]`);
  }
  return levels.join("\n");
}
