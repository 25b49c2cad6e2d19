import { matchAt } from "./link-target.ts";
import type { InlineNode } from "./nodes.ts";

/** What begins at a place of a text, and how long it is there. */
interface Span {
  readonly node: InlineNode;
  readonly length: number;
}

const TICKS = /`+/g;

/**
 * Code between two runs of as many backticks.
 *
 * @param missing runs that nothing closes
 * @returns no node, and the length of the run, when nothing closes it
 */
export function codeSpan(
  text: string,
  at: number,
  missing: Set<string>,
): { readonly node: InlineNode | null; readonly length: number } {
  const ticks = matchAt(TICKS, text, at)?.[0] ?? "`";
  if (missing.has(ticks)) return { node: null, length: ticks.length };
  const from = at + ticks.length;
  let next = matchAt(TICKS, text, from);
  while (next && next[0].length !== ticks.length) next = TICKS.exec(text);
  if (!next) {
    missing.add(ticks);
    return { node: null, length: ticks.length };
  }
  const code = text.slice(from, next.index).replaceAll("\n", " ");
  const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
  return {
    node: { type: "code", text: isPadded ? code.slice(1, -1) : code },
    length: next.index + ticks.length - at,
  };
}

const AUTOLINK =
  /<(?:([a-z][a-z\d+.-]{1,31}:[^\s<>\0]*)|([\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d.-]*[a-z\d])?))>/iy;

function addressed(href: string, text: string, length = text.length): Span {
  return { node: { type: "link", href, title: null, children: [{ type: "text", text }] }, length };
}

/** `<https://example.com>` or `<me@example.com>`. */
export function autolink(text: string, at: number): Span | null {
  const [raw = "", url, mail] = matchAt(AUTOLINK, text, at) ?? [];
  if (url !== undefined) return addressed(url, url, raw.length);
  return mail === undefined ? null : addressed(`mailto:${mail}`, mail, raw.length);
}

const TAG =
  /<(?:\/[a-z][\w-]*\s*|[a-z][\w-]*(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?)>/iy;
const ENCLOSED = [
  ["<!--", "-->"],
  ["<?", "?>"],
  ["<![CDATA[", "]]>"],
  ["<!", ">"],
] as const;

/**
 * An HTML tag, comment or instruction: marks in it mean nothing.
 *
 * @param missing ends that do not come any more
 */
export function tagAt(text: string, at: number, missing: Set<string>): string | null {
  for (const [start, end] of ENCLOSED) {
    if (!text.startsWith(start, at)) continue;
    const found = missing.has(end) ? -1 : text.indexOf(end, at + 2);
    if (found !== -1) return text.slice(at, found + end.length);
    missing.add(end);
    return null;
  }
  return matchAt(TAG, text, at)?.[0] ?? null;
}

const BARE_URL = /(?:https?:\/\/|www\.)[^\s<]*/iy;
const BARE_URL_IN_BRACKETS = /(?:https?:\/\/|www\.)[^\s<[\]]*/iy;
const HOST = /^(?:https?:\/\/)?[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*/iu;
const BARE_MAIL = /[\w.+-]+@[a-z\d_-]+(?:\.[a-z\d_-]+)+/iy;

/** An address in running text, as GFM finds it. */
export function bareAddress(text: string, at: number, inBrackets: boolean): Span | null {
  const url = matchAt(inBrackets ? BARE_URL_IN_BRACKETS : BARE_URL, text, at)?.[0];
  if (url !== undefined) return bareUrl(url);
  const mail = matchAt(BARE_MAIL, text, at)?.[0];
  return mail === undefined || /[-_]$/.test(mail) ? null : addressed(`mailto:${mail}`, mail);
}

function bareUrl(written: string): Span | null {
  const host = HOST.exec(written)?.[0];
  if (host === undefined || isNoDomain(host)) return null;
  const url = host + withoutPunctuation(written.slice(host.length));
  return addressed(/^www/i.test(url) ? `http://${url}` : url, url);
}

/** GFM: the last two labels of a domain have no underscore. */
function isNoDomain(host: string): boolean {
  return host
    .split(".")
    .slice(-2)
    .some((label) => label.includes("_"));
}

/** A path without what belongs to the sentence around it: punctuation, a parenthesis too many, a character reference. */
function withoutPunctuation(path: string): string {
  let end = path.length;
  let spare = path.split(")").length - path.split("(").length;
  for (; end > 0; end -= 1) {
    const last = path[end - 1] ?? "";
    if (last === ")" && spare > 0) spare -= 1;
    else if (last === ";" && /&[a-z\d]+;$/i.test(path.slice(Math.max(0, end - 40), end)))
      end = path.lastIndexOf("&", end - 1) + 1;
    else if (!/[?!.,:*_~'"\]]/.test(last)) break;
  }
  return path.slice(0, end);
}
