import type { LexedBlock } from "./dialect.ts";

/**
 * How many of a text's top-level pieces no later text can change.
 *
 * A piece is settled when the next one begins after a blank line and cannot be its continuation. CommonMark
 * closes paragraphs, headings, quotes, tables and definitions at a blank line; lists and indented code go on
 * when the next line is indented, and lists also when it is another item.
 */
export function countSettled(blocks: readonly LexedBlock[], source: string): number {
  let offset = 0;
  let settled = 0;
  let before: LexedBlock["node"] = null;
  for (const [index, { raw, node }] of blocks.entries()) {
    if (node) {
      if (index > 0 && startsAfterBlankLine(source, offset) && !continues(before, source, offset)) {
        settled = index;
      }
      before = node;
    }
    offset += raw.length;
  }
  return offset === source.length ? settled : 0;
}

function startsAfterBlankLine(source: string, offset: number): boolean {
  let index = offset - 1;
  if (source[index] !== "\n") return false;
  do index -= 1;
  while (source[index] === " " || source[index] === "\t");
  return index < 0 || source[index] === "\n";
}

const MAY_BE_ITEM = /[-+*\d]/;

function continues(before: LexedBlock["node"], source: string, offset: number): boolean {
  const first = source[offset] ?? "";
  const indented = first === " " || first === "\t";
  if (before?.type === "code") return !before.fenced && indented;
  if (before?.type !== "list") return false;
  return indented || (MAY_BE_ITEM.test(first) && !source.includes("\n", offset));
}
