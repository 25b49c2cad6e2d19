// Examples say what comes back in a comment: `textOf(message); // "Hello"`. Such a comment is a claim, and this makes
// it one that can be tested.
import type { DocExample } from "./doc-examples.ts";

/** A comment that is a whole value and no more; all others are prose. */
const VALUE =
  /^(?:"[^"]*"|'[^']*'|-?\d[\d_.]*|true|false|null|undefined|\[.*(?<!\.\.\.)\]|\{.*(?<!\.\.\. ?)\})$/;
const CLAIM = /^(?<before>\s*(?:if \(.+?\) )?)(?<statement>\S.*);\s+\/\/ (?<value>.+)$/;
const ASSIGNED = /^(?:const|let) (?<name>[\w$]+)(?:: [^=]+)? = /;

/** The example with an assertion in the place of each such comment; `null` when it makes none. */
export function withOutcomesTested(example: DocExample): DocExample | null {
  let claims = 0;
  const lines = onOneLine(example.code).map((line) => {
    const { before = "", statement = "", value = "" } = CLAIM.exec(line)?.groups ?? {};
    if (!VALUE.test(value)) return line;
    claims += 1;
    const name = ASSIGNED.exec(statement)?.groups?.["name"];
    if (name !== undefined) return `${before}${statement}; expect(${name}).toEqual(${value});`;
    // A condition that does not hold would leave the claim behind it untested.
    const otherwise = before.trim() === "" ? "" : ` else expect.unreachable(${JSON.stringify(line.trim())});`;
    return `${before}expect(${statement}).toEqual(${value});${otherwise}`;
  });
  if (claims === 0) return null;
  return { ...example, code: ['import { expect } from "vitest";', ...lines].join("\n") };
}

/** A value that stands below its statement is moved up to it. */
function onOneLine(code: string): string[] {
  const lines: string[] = [];
  for (const line of code.split("\n")) {
    const value = /^\s*\/\/ (.+)$/.exec(line)?.[1] ?? "";
    if (VALUE.test(value) && lines.at(-1)?.endsWith(";")) lines.push(`${lines.pop()} // ${value}`);
    else lines.push(line);
  }
  return lines;
}
