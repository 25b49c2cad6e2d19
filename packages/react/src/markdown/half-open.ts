import { cellsIn } from "./leaf-blocks.ts";

/**
 * Repairs the unfinished end of a text that is still being written, at the level of blocks: the last line is
 * held back while it could still become something else, and a table is a table from its header row on.
 * The text that comes out is for display only.
 *
 * @param text - the source from the last settled block on
 */
export function repairTail(text: string): string {
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  const fence = openFence(text.slice(0, start));
  if (fence !== null) return isPartOfFence(line, fence) ? text.slice(0, start) : text;
  const above = lineBefore(text, start);
  return completeTable(isUndecided(line, above) ? text.slice(0, start) : text);
}

const FENCE = /^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))*[ \t]*(`{3,}|~{3,})(.*)/;

/** The marker of a code fence that is open after these complete lines. */
function openFence(lines: string): string | null {
  if (!lines.includes("```") && !lines.includes("~~~")) return null;
  let open: string | null = null;
  for (const line of lines.split("\n")) {
    const [, marker = "", rest = ""] = FENCE.exec(line) ?? [];
    if (marker === "") continue;
    if (open === null) open = marker.startsWith("`") && rest.includes("`") ? null : marker;
    else if (marker.startsWith(open) && rest.trim() === "") open = null;
  }
  return open;
}

function isPartOfFence(line: string, fence: string): boolean {
  const marks = line.trim().replace(/^(?:>[ \t]*)+/, "");
  return marks !== "" && marks.length < fence.length && fence.startsWith(marks);
}

function lineBefore(text: string, start: number): string {
  return start === 0 ? "" : text.slice(text.lastIndexOf("\n", start - 2) + 1, start - 1);
}

const CONTAINERS = /^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))*[ \t]*/;

// Bullets, numbers, rules, underlines, headings without text, fences without their end of line, definitions.
const UNDECIDED = /^(?:(?:[-+*_=~]+|#{1,6}|\d{1,9}[.)]?|`+)[ \t]*|`{3}[^`]*|~{3}.*|\[[^\]]*\]:.*)$/;

function isUndecided(line: string, above: string): boolean {
  const rest = line.replace(CONTAINERS, "");
  if (rest === "") return line.trim() !== "";
  if (rest.startsWith("|")) return above.includes("|") ? rest.trim() === "|" : !/\|.*\|/.test(rest);
  return UNDECIDED.test(rest);
}

const DELIMITERS = /^ {0,3}[|:-][|: \t-]*$/;

function completeTable(text: string): string {
  const body = text.replace(/\n$/, "");
  const start = body.lastIndexOf("\n") + 1;
  const last = body.slice(start);
  const above = lineBefore(body, start);
  if (isHeaderRow(last) && !above.includes("|")) return `${body}\n${delimiterRow(last, "")}`;
  if (text !== body || !isHeaderRow(above) || !DELIMITERS.test(last)) return text;
  const before = lineBefore(body, start - above.length - 1);
  return before.includes("|") ? text : `${body.slice(0, start)}${delimiterRow(above, last)}`;
}

function isHeaderRow(line: string): boolean {
  return /^ {0,3}\|.*\|/.test(line) && !DELIMITERS.test(line);
}

/** A delimiter row as wide as `header`, with the alignments that `typed` holds already. */
function delimiterRow(header: string, typed: string): string {
  const aligns = cellsIn(typed);
  return `|${cellsIn(header)
    .map((_, index) => (/^:?-+:?$/.test(aligns[index] ?? "") ? aligns[index] : "---"))
    .join("|")}|`;
}
