/**
 * Closes the inline marks that a text still being written has open, so that they neither flash as
 * characters nor change what is before them: `**bo` is bold, `[label](htt` is its label, a lone opening mark
 * waits. The text that comes out is for display only.
 */
export function closeInline(text: string): string {
  if (/^\[[ xX]?\]?$/.test(text)) return "";
  const held = text.replace(HELD, "");
  return MARKS.test(held) ? new InlineScan(held).closed() : held;
}

const MARKS = /[\\`*_~[<]/;

// A reference, an escape, an image or one of the allowed tags of which only the beginning is here.
const HELD =
  /(?:&#?\w{0,8}|(?<=^|\s)!|(?<!\\)(?:\\\\)*\\|<\/?(?:[bk]|br[ \t]*\/?|kbd?|s(?:u[bp]?)?|m(?:a(?:rk?)?)?)?)$/i;

const DEEPEST = 32;
const LONGEST_LABEL = 400;

interface Opener {
  readonly mark: string;
  readonly at: number;
  length: number;
}

class InlineScan {
  readonly #text: string;
  #end: number;
  #at = 0;
  #openers: Opener[] = [];
  #tags: string[] = [];
  #dropped: [from: number, to: number][] = [];
  #codeClose = "";

  constructor(text: string) {
    this.#text = text;
    this.#end = text.length;
  }

  closed(): string {
    while (this.#at < this.#end) this.#step();
    for (const opener of this.#openers) {
      if (opener.mark.endsWith("[") && this.#end - opener.at <= LONGEST_LABEL)
        this.#drop(opener.at, opener.at + opener.mark.length);
    }
    const closers = this.#openers
      .filter(({ mark }) => !mark.endsWith("["))
      .toReversed()
      .map(({ mark, length }) => mark.repeat(length));
    const kept = this.#kept();
    const marks = closers.join("");
    const tags = this.#tags.toReversed().map((tag) => `</${tag}>`);
    return (marks === "" ? kept : kept.trimEnd() + marks) + tags.join("");
  }

  #kept(): string {
    let kept = "";
    let from = 0;
    for (const [start, end] of this.#dropped.toSorted(([a], [b]) => a - b)) {
      kept += this.#text.slice(from, start);
      from = end;
    }
    return kept + this.#text.slice(from, this.#end) + this.#codeClose;
  }

  #drop(from: number, to: number): void {
    this.#dropped.push([from, to]);
  }

  #cut(at: number): void {
    this.#end = at;
  }

  #step(): void {
    const mark = this.#text[this.#at] ?? "";
    if (mark === "\\") this.#at += 2;
    else if (mark === "`") this.#code();
    else if (mark === "<") this.#tag();
    else if (mark === "[") this.#bracket();
    else if (mark === "]") this.#label();
    else if (mark === "*" || mark === "_" || mark === "~") this.#emphasis(mark);
    else this.#at += 1;
  }

  #runOf(mark: string): number {
    let end = this.#at;
    while (end < this.#end && this.#text[end] === mark) end += 1;
    return end - this.#at;
  }

  #code(): void {
    const length = this.#runOf("`");
    const fence = "`".repeat(length);
    const from = this.#at + length;
    if (from >= this.#end) return this.#cut(this.#at);
    for (let close = this.#text.indexOf(fence, from); close !== -1;) {
      let end = close + length;
      if (this.#text[end] !== "`" && this.#text[close - 1] !== "`") {
        this.#at = end;
        return;
      }
      while (this.#text[end] === "`") end += 1;
      close = this.#text.indexOf(fence, end);
    }
    let end = this.#end;
    while (end > from && this.#text[end - 1] === "`") end -= 1;
    this.#cut(end);
    this.#codeClose = end > from ? fence : "";
    if (end === from) this.#cut(this.#at);
    this.#at = this.#end;
  }

  #tag(): void {
    const [whole, slash, name] =
      /^<(\/?)(kbd|mark|sub|sup)>/i.exec(this.#text.slice(this.#at, this.#at + 8)) ?? [];
    if (whole === undefined || name === undefined) {
      this.#at += 1;
      return;
    }
    if (slash === "") this.#tags.push(name);
    else if (this.#tags.at(-1)?.toLowerCase() === name.toLowerCase()) this.#tags.pop();
    this.#at += whole.length;
  }

  // "a[0]" is an index, not a link: only a bracket that begins a word opens a label.
  #bracket(): void {
    const image = this.#text[this.#at - 1] === "!";
    const at = image ? this.#at - 1 : this.#at;
    if (this.#at + 1 >= this.#end) return this.#cut(at);
    const index = !image && /[\p{L}\p{N}\])]/u.test(this.#text[at - 1] ?? "");
    if (index || this.#openers.length >= DEEPEST) this.#at += 1;
    else {
      this.#openers.push({ mark: image ? "![" : "[", at, length: 1 });
      this.#at += 1;
    }
  }

  #label(): void {
    const index = this.#openers.findLastIndex(({ mark }) => mark.endsWith("["));
    const opener = this.#openers[index];
    const close = this.#at;
    const next = this.#text[close + 1];
    this.#at += 1;
    if (!opener) return;
    this.#openers.splice(index, 1);
    if (close - opener.at > LONGEST_LABEL) return;
    if (close + 1 < this.#end && next !== "(" && next !== "[") return;
    const end = close + 1 < this.#end ? endOfTarget(this.#text, close + 1) : -1;
    if (end !== -1) {
      this.#openers.length = index;
      this.#at = end;
      return;
    }
    this.#drop(opener.at, opener.at + opener.mark.length);
    this.#cut(close);
  }

  #emphasis(mark: string): void {
    const length = this.#runOf(mark);
    const end = this.#at + length;
    if (end >= this.#end) return this.#cut(this.#at);
    const before = this.#text[this.#at - 1] ?? " ";
    const after = this.#text[end] ?? " ";
    const opens = canOpen(mark, before, after);
    let left = length;
    if (canOpen(mark, after, before)) left = this.#closeEmphasis(mark, length);
    const usable = mark === "~" ? left <= 2 : true;
    if (left > 0 && opens && usable && this.#openers.length < DEEPEST) {
      this.#openers.push({ mark, at: this.#at, length: left });
    }
    this.#at = end;
  }

  #closeEmphasis(mark: string, length: number): number {
    let left = length;
    while (left > 0) {
      const index = this.#openers.findLastIndex((opener) => opener.mark === mark);
      const opener = this.#openers[index];
      if (!opener) break;
      const used = Math.min(left, opener.length);
      this.#openers.length = index + 1;
      opener.length -= used;
      left -= used;
      if (opener.length === 0) this.#openers.pop();
    }
    return left;
  }
}

/** CommonMark 6.2, seen from one side: swap the neighbours to ask whether a run can close. */
function canOpen(mark: string, before: string, after: string): boolean {
  if (/\s/.test(after)) return false;
  const flanks = !/[\p{P}\p{S}]/u.test(after) || /[\s\p{P}\p{S}]/u.test(before);
  return flanks && (mark !== "_" || !/[\p{L}\p{N}]/u.test(before));
}

/** Where the `(destination)` or `[reference]` at `start` ends, or -1 while it is open. */
function endOfTarget(text: string, start: number): number {
  const [open, close] = text[start] === "(" ? ["(", ")"] : ["[", "]"];
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const mark = text[index];
    if (mark === "\\") index += 1;
    else if (mark === open) depth += 1;
    else if (mark === close) {
      depth -= 1;
      if (depth === 0) return index + 1;
    } else if (mark === "\n" && text[index + 1] === "\n") return -1;
  }
  return -1;
}
