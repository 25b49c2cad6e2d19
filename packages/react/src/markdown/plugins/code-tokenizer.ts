import type { CodeToken, CodeTokenKind } from "../highlighter.ts";
import { FAMILIES, findLanguage, type CodeLanguage } from "./code-languages.ts";

const LONGEST_CODE = 60_000;

/**
 * Splits code into coloured runs whose texts add up to it, or `null` for a language that it does not know.
 *
 * @example
 * ```ts
 * tokenizeCode("let x", "js"); // [{ text: "let", kind: "keyword" }, { text: " x" }]
 * ```
 */
export function tokenizeCode(code: string, language: string): CodeToken[] | null {
  if (code.length > LONGEST_CODE) return null;
  if (/^(?:diff|patch)$/i.test(language)) return tokenizeDiff(code);
  if (/^(?:html?|xml|svg|vue|svelte|astro|xhtml)$/i.test(language)) return tokenizeMarkup(code);
  const known = findLanguage(language);
  return known
    ? tokenize(code, grammarOf(known), (kind, text, at) => kindOfWord(known, kind, text, code, at))
    : null;
}

type Kind = CodeTokenKind | "word" | undefined;

/** One expression of alternatives, each a group of its own; `kinds` names the groups in order. */
interface Grammar {
  readonly pattern: RegExp;
  readonly kinds: readonly Kind[];
}

const NUMBER = String.raw`(?<![\p{L}\p{N}_$])(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?)(?:%|[a-zA-Z]{1,4}\b)?`;
const WORD = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;
const OPERATOR = String.raw`[-+*/%=<>!&|^~?:]+`;

const grammars = new Map<CodeLanguage, Grammar>();

function grammarOf(language: CodeLanguage): Grammar {
  const known = grammars.get(language);
  if (known) return known;
  const parts: [Kind, string | undefined][] = [
    ["comment", language.blockComment],
    ["comment", language.lineComment === undefined ? undefined : `${language.lineComment}[^\\n]*`],
    ["property", language.property],
    ["string", language.strings.join("|")],
    ["number", NUMBER],
    ["word", language.word ?? WORD],
    ["operator", OPERATOR],
  ];
  const grammar = combine(parts);
  grammars.set(language, grammar);
  return grammar;
}

function combine(parts: readonly (readonly [Kind, string | undefined])[]): Grammar {
  const present = parts.filter(([, source]) => source !== undefined && source !== "");
  return {
    pattern: new RegExp(present.map(([, source]) => `(${source})`).join("|"), "gmu"),
    kinds: present.map(([kind]) => kind),
  };
}

function tokenize(
  code: string,
  { pattern, kinds }: Grammar,
  refine: (kind: Kind, text: string, at: number) => CodeTokenKind | undefined,
): CodeToken[] {
  const tokens: CodeToken[] = [];
  let plain = 0;
  for (const match of code.matchAll(pattern)) {
    const [text, ...groups] = match;
    const group = groups.findIndex((found) => found !== undefined);
    const kind = refine(kinds[group], text, match.index);
    if (text === "" || kind === undefined) continue;
    if (match.index > plain) tokens.push({ text: code.slice(plain, match.index) });
    tokens.push({ text, kind });
    plain = match.index + text.length;
  }
  if (plain < code.length) tokens.push({ text: code.slice(plain) });
  return tokens;
}

function kindOfWord(
  language: CodeLanguage,
  kind: Kind,
  text: string,
  code: string,
  at: number,
): CodeTokenKind | undefined {
  if (kind !== "word") return kind;
  const word = language.ignoreCase === true ? text.toLowerCase() : text;
  if (code[at - 1] === ".") return code[at + text.length] === "(" ? "function" : "property";
  if (language.keywords.has(word)) return "keyword";
  if (language.literals.has(word)) return "literal";
  if (/^[@$#.:-]/.test(text)) return "meta";
  if (code[at + text.length] === "(") return "function";
  return /^\p{Lu}[\p{L}\p{N}]*\p{Ll}/u.test(text) ? "type" : undefined;
}

/** Everything that code is read with. */
export function everyPattern(): readonly RegExp[] {
  return [...FAMILIES.map(([language]) => grammarOf(language)), MARKUP].map(({ pattern }) => pattern);
}

const MARKUP = combine([
  ["comment", "<!--[^]*?(?:-->|(?![^]))"],
  ["meta", String.raw`<[!?][^>]*>?`],
  ["tag", String.raw`</?[A-Za-z][\w:.-]*|/?>`],
  ["string", String.raw`(?=["'])(?<==\s*)(?:"[^"]*"?|'[^']*'?)`],
  ["property", String.raw`(?<=\s)[@:#\w.-]+(?=\s*=)`],
]);

function tokenizeMarkup(code: string): CodeToken[] {
  return tokenize(code, MARKUP, (kind) => (kind === "word" ? undefined : kind));
}

function tokenizeDiff(code: string): CodeToken[] {
  return code.split(/(?<=\n)/).map((text) => {
    const kind = kindOfDiffLine(text);
    return kind === undefined ? { text } : { text, kind };
  });
}

function kindOfDiffLine(line: string): CodeTokenKind | undefined {
  if (/^(?:@@|diff |index |\+\+\+ |--- )/.test(line)) return "meta";
  if (line.startsWith("+")) return "inserted";
  return line.startsWith("-") ? "deleted" : undefined;
}
