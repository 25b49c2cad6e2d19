import { decodeText } from "./entities.ts";
import type { LinkDefinition } from "./nodes.ts";

/** What stands at a place of a text, and where it ends. */
interface Found<Value> {
  readonly value: Value;
  readonly end: number;
}

/** What a sticky expression finds at a place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const SPACE = /[ \t\n]*/y;

/** The next place that is no white space. */
export function skipSpace(text: string, at: number): number {
  return at + (matchAt(SPACE, text, at)?.[0].length ?? 0);
}

const IN_ANGLES = /<(?:\\.|[^<>\\\n])*>/y;
const DEEPEST_PARENTHESES = 32;
const ENDS_ADDRESS = /[\0-\x20\x7f]/;

/** An address, in angle brackets or without white space and with its parentheses in pairs. */
export function readAddress(text: string, at: number): Found<string> | null {
  if (text[at] === "<") {
    const raw = matchAt(IN_ANGLES, text, at)?.[0];
    return raw === undefined ? null : { value: decodeText(raw.slice(1, -1)), end: at + raw.length };
  }
  let [depth, end] = [0, at];
  for (; end < text.length; end += 1) {
    const character = text[end] ?? "";
    if (ENDS_ADDRESS.test(character) || (character === ")" && depth === 0)) break;
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    else if (character === "\\" && !ENDS_ADDRESS.test(text[end + 1] ?? " ")) end += 1;
    if (depth > DEEPEST_PARENTHESES) return null;
  }
  return depth === 0 ? { value: decodeText(text.slice(at, end)), end } : null;
}

const TITLE = /"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|\((?:\\[^]|[^()\\])*\)/y;

/** A title after white space. `null`: there is none. */
export function readTitle(text: string, after: number): Found<string | null> | null {
  const at = skipSpace(text, after);
  const raw = at === after ? undefined : matchAt(TITLE, text, at)?.[0];
  return raw === undefined
    ? null
    : { value: raw.length === 2 ? null : decodeText(raw.slice(1, -1)), end: at + raw.length };
}

const LABEL = /\[((?:\\[^]|[^[\]\\])+)\]:/y;
const LINE_END = /[ \t]*(?:\n|$)/y;

/** A definition as it is written, and where it points. */
export interface WrittenDefinition {
  readonly label: string;
  readonly target: LinkDefinition;
}

/** A link reference definition: `[label]: address "title"`, up to the end of its line. */
export function readDefinition(text: string, at: number): Found<WrittenDefinition> | null {
  const [written, label = ""] = matchAt(LABEL, text, at) ?? [];
  if (written === undefined || label.trim() === "") return null;
  const from = skipSpace(text, at + written.length);
  const address = readAddress(text, from);
  if (!address || address.end === from) return null;
  const title = readTitle(text, address.end);
  for (const { value, end } of [...(title ? [title] : []), { value: null, end: address.end }]) {
    const rest = matchAt(LINE_END, text, end);
    if (rest)
      return {
        value: { label, target: { href: address.value, title: value } },
        end: end + rest[0].length,
      };
  }
  return null;
}
