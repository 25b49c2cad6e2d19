/**
 * Closes the inline marks that a text still being written has open, so that they neither flash as
 * characters nor change what is before them: `**bo` is bold, `[label](htt` is its label, a lone opening mark
 * waits. The text that comes out is for display only.
 */
export function closeInline(text: string): string {
  if (/^\[[ xX]?\]?$/.test(text)) return "";
  const held = text.replace(HELD, "");
  return MARKS.test(held) ? closeMarks(held) : held;
}

const MARKS = /[\\`*_~[<]/;

// A reference, an escape, an image or one of the allowed tags of which only the beginning is here.
const HELD =
  /(?:&#?\w{0,8}|(?<=^|\s)!|(?<!\\)(?:\\\\)*\\|<\/?(?:[bk]|br[ \t]*\/?|kbd?|s(?:u[bp]?)?|m(?:a(?:rk?)?)?)?)$/i;
const ALLOWED_TAG = /^<(\/?)(kbd|mark|sub|sup)>/i;

const DEEPEST = 32;
const LONGEST_LABEL = 400;

/** An opening mark that nothing has closed yet. */
interface Opener {
  readonly mark: "*" | "_" | "~" | "[" | "![";
  readonly at: number;
  readonly length: number;
}

/** What is known after reading a text up to `at`. */
interface Scan {
  at: number;
  /** The text is shown up to here. */
  end: number;
  openers: Opener[];
  tags: string[];
  dropped: Opener[];
  codeFence: string;
}

function closeMarks(text: string): string {
  const scan: Scan = { at: 0, end: text.length, openers: [], tags: [], dropped: [], codeFence: "" };
  while (scan.at < scan.end) step(text, scan);
  const { end, openers, tags, codeFence } = scan;
  const labels = openers.filter((opener) => isLabel(opener) && end - opener.at <= LONGEST_LABEL);
  const kept = without([...scan.dropped, ...labels], text, end) + codeFence;
  const marks = openers.filter((opener) => !isLabel(opener)).map(({ mark, length }) => mark.repeat(length));
  const closed = marks.length === 0 ? kept : kept.trimEnd() + marks.toReversed().join("");
  return (
    closed +
    tags
      .toReversed()
      .map((tag) => `</${tag}>`)
      .join("")
  );
}

function isLabel({ mark }: Opener): boolean {
  return mark === "[" || mark === "![";
}

function without(dropped: readonly Opener[], text: string, end: number): string {
  let kept = "";
  let from = 0;
  for (const { at, length } of dropped.toSorted((one, other) => one.at - other.at)) {
    kept += text.slice(from, at);
    from = at + length;
  }
  return kept + text.slice(from, end);
}

function step(text: string, scan: Scan): void {
  const mark = text[scan.at];
  if (mark === "\\") scan.at += 2;
  else if (mark === "`") readCode(text, scan);
  else if (mark === "<") readTag(text, scan);
  else if (mark === "[") openLabel(text, scan);
  else if (mark === "]") closeLabel(text, scan);
  else if (mark === "*" || mark === "_" || mark === "~") readEmphasis(text, scan, mark);
  else scan.at += 1;
}

function endOfRun(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] === text[at]) end += 1;
  return end;
}

function readCode(text: string, scan: Scan): void {
  const from = endOfRun(text, scan.at);
  const fence = text.slice(scan.at, from);
  let close = text.indexOf(fence, from);
  while (close !== -1) {
    const end = endOfRun(text, close);
    if (end - close === fence.length) {
      scan.at = end;
      return;
    }
    close = text.indexOf(fence, end);
  }
  const code = text.slice(from, scan.end).replace(/(?<!`)`+$/, "");
  scan.end = code === "" ? scan.at : from + code.length;
  scan.codeFence = code === "" ? "" : fence;
  scan.at = text.length;
}

function readTag(text: string, scan: Scan): void {
  const [whole = "<", slash, name = ""] = ALLOWED_TAG.exec(text.slice(scan.at, scan.at + 8)) ?? [];
  if (slash === "") scan.tags.push(name);
  else if (slash === "/" && scan.tags.at(-1)?.toLowerCase() === name.toLowerCase()) scan.tags.pop();
  scan.at += whole.length;
}

// "a[0]" is an index, not a link: only a bracket that begins a word opens a label.
function openLabel(text: string, scan: Scan): void {
  const image = text[scan.at - 1] === "!";
  const at = image ? scan.at - 1 : scan.at;
  scan.at += 1;
  if (scan.at >= scan.end) {
    scan.end = at;
    return;
  }
  const index = !image && /[\p{L}\p{N}\])]/u.test(text[at - 1] ?? "");
  if (index || scan.openers.length >= DEEPEST) return;
  scan.openers.push({ mark: image ? "![" : "[", at, length: image ? 2 : 1 });
}

function closeLabel(text: string, scan: Scan): void {
  const index = scan.openers.findLastIndex(isLabel);
  const opener = scan.openers[index];
  const close = scan.at;
  scan.at += 1;
  if (!opener) return;
  scan.openers.splice(index, 1);
  const next = scan.at < scan.end ? text[scan.at] : "";
  if (close - opener.at > LONGEST_LABEL || (next !== "" && next !== "(" && next !== "[")) return;
  const end = next === "" ? -1 : endOfTarget(text, scan.at);
  if (end === -1) {
    scan.dropped.push(opener);
    scan.end = close;
    return;
  }
  scan.openers.length = index;
  scan.at = end;
}

/** Where the `(destination)` or `[reference]` at `start` ends, or -1 while it is open. */
function endOfTarget(text: string, start: number): number {
  const open = text[start];
  const close = open === "(" ? ")" : "]";
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const mark = text[index];
    if (mark === "\\") index += 1;
    else if (mark === open) depth += 1;
    else if (mark === close) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return -1;
}

function readEmphasis(text: string, scan: Scan, mark: "*" | "_" | "~"): void {
  const at = scan.at;
  const end = endOfRun(text, at);
  scan.at = end;
  if (end >= scan.end) {
    scan.end = at;
    return;
  }
  const before = text[at - 1] ?? " ";
  const after = text[end] ?? " ";
  const left = canOpen(mark, after, before) ? closeEmphasis(scan, mark, end - at) : end - at;
  const opens = left > 0 && (mark !== "~" || left <= 2) && canOpen(mark, before, after);
  if (opens && scan.openers.length < DEEPEST) scan.openers.push({ mark, at, length: left });
}

/** Spends a closing run on the openers it matches; answers how much of it is left. */
function closeEmphasis(scan: Scan, mark: string, length: number): number {
  let left = length;
  while (left > 0) {
    const index = scan.openers.findLastIndex((opener) => opener.mark === mark);
    const opener = scan.openers[index];
    if (!opener) break;
    scan.openers.length = index;
    if (opener.length > left) scan.openers.push({ ...opener, length: opener.length - left });
    left -= Math.min(left, opener.length);
  }
  return left;
}

/** CommonMark 6.2, seen from one side: swap the neighbours to ask whether a run can close. */
function canOpen(mark: string, before: string, after: string): boolean {
  if (/\s/.test(after)) return false;
  const flanks = !/[\p{P}\p{S}]/u.test(after) || /[\s\p{P}\p{S}]/u.test(before);
  return flanks && (mark !== "_" || !/[\p{L}\p{N}]/u.test(before));
}
