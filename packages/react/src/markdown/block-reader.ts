import { dropColumns, lineAt, type Line } from "./indentation.ts";
import {
  CODE_INDENT,
  fence,
  heading,
  indentedCode,
  isRule,
  prose,
  wholeLines,
  type Child,
  type OpenBlock,
} from "./leaf-blocks.ts";
import type { BlockNode, ListItemNode } from "./nodes.ts";
import type { MarkdownSyntax } from "./syntax.ts";

/** A top-level piece of source. `node` is `null` for blank lines. The `raw`s of a text add up to it. */
export interface LexedBlock {
  readonly raw: string;
  readonly node: BlockNode | null;
}

/** Where a container stands. */
interface Place {
  readonly depth: number;
  readonly syntax: MarkdownSyntax;
  /** The lines after this one up to a blank one: the rules of plugins see more than a line. */
  readonly ahead: () => readonly string[];
}

const DEEPEST_BLOCK = 24;
const MAY_BEGIN = /^[-#`~>*_+\d]/;

/** Reads the lines of a document, or of a container without its marks, one after the other, as CommonMark's appendix says. */
class BlockReader {
  readonly #place: Place;
  readonly #lines: string[] = [];
  readonly #children: Child[] = [];
  #open: OpenBlock | null = null;
  #openedAt = 0;
  #afterBlank = false;
  /** A blank line stands between two blocks. */
  isSpaced = false;

  constructor(place: Place) {
    this.#place = place;
  }

  get isEmpty(): boolean {
    return this.#open === null && this.#children.length === 0;
  }

  get source(): string {
    return this.#lines.join("\n").trimEnd();
  }

  take(text: string, column: number): void {
    const line = lineAt(text, column);
    const isBlank = line.rest === "";
    if (this.#open?.take(line) !== true) {
      const next = isBlank ? null : this.#begin(line);
      if (isBlank) this.#close();
      else if (next || this.#open?.goOn(line, false) !== true)
        this.#start(next ?? (line.indent < CODE_INDENT ? prose(line) : indentedCode(line)));
    }
    this.#lines.push(text);
    this.#afterBlank = isBlank;
  }

  /** Takes a line without this container's marks, when there is a paragraph that goes on with it. */
  goOn(line: Line): boolean {
    if (this.#open?.goOn(line, true) !== true) return false;
    this.#lines.push(line.text);
    return true;
  }

  finish(): readonly Child[] {
    this.#close();
    return this.#children;
  }

  #start(block: OpenBlock): void {
    this.#close();
    this.isSpaced ||= this.#afterBlank && this.#children.length > 0;
    this.#open = block;
    this.#openedAt = this.#lines.length;
  }

  #close(): void {
    if (!this.#open) return;
    const at = this.#openedAt;
    const raw = this.#lines
      .slice(at)
      .join("\n")
      .replace(/(?<!\n)\n+$/, "");
    for (const { node, from } of this.#open.close(raw)) this.#children.push({ node, from: at + from });
    this.#open = null;
  }

  /** What begins with this line, paragraphs and indented code excepted. */
  #begin(line: Line): OpenBlock | null {
    if (line.indent >= CODE_INDENT) return null;
    const inParagraph = this.#open?.isParagraph?.() === true;
    const added = addedBlock(line, this.#place, inParagraph);
    if (added || !MAY_BEGIN.test(line.rest)) return added;
    if (isRule(line)) return wholeLines(1, (raw) => ({ type: "rule", raw }));
    const leaf = heading(line) ?? fence(line);
    if (leaf || this.#place.depth >= DEEPEST_BLOCK) return leaf;
    return quote(line, this.#place) ?? list(line, this.#place, inParagraph);
  }
}

/** What a plugin's rule finds at the beginning of this line. */
function addedBlock({ text }: Line, { syntax, ahead }: Place, inParagraph: boolean): OpenBlock | null {
  if (syntax.block.length === 0) return null;
  const source = [text, ...ahead()].join("\n");
  for (const rule of syntax.block) {
    // The line break tells rules that look for the beginning of a line that this is one.
    if (inParagraph && rule.find(`\n${source}`) !== 1) continue;
    const match = rule.match(source);
    const raw = match?.raw.replace(/\n$/, "") ?? "";
    if (!match || raw === "" || !`${source}\n`.startsWith(`${raw}\n`)) continue;
    const { name } = rule;
    return wholeLines(raw.split("\n").length, () => ({ type: "custom", raw, name, text: match.text }));
  }
  return null;
}

/** A reader of what stands in a container. `strip` takes its marks from a line that has them. */
function readerIn({ depth, syntax, ahead }: Place, strip: (text: string) => string | null): BlockReader {
  return new BlockReader({
    depth: depth + 1,
    syntax,
    ahead: () => {
      const lines = ahead().map(strip);
      const end = lines.findIndex((line) => line === null || line.trim() === "");
      return (end === -1 ? lines : lines.slice(0, end)).filter((line) => line !== null);
    },
  });
}

function quote(first: Line, place: Place): OpenBlock | null {
  if (!first.rest.startsWith(">")) return null;
  const reader = readerIn(place, (text) => /^ {0,3}> ?([^]*)$/.exec(text)?.[1] ?? null);
  const take = ({ column, indent, rest }: Line): boolean => {
    if (indent >= CODE_INDENT || !rest.startsWith(">")) return false;
    const after = column + indent + 1;
    const gap = /^.[ \t]/.test(rest) ? 1 : 0;
    reader.take(dropColumns(rest.slice(1), after, gap), after + gap);
    return true;
  };
  take(first);
  return {
    take,
    goOn: (line) => reader.goOn(line),
    close: (raw) => [{ node: { type: "quote", raw, children: nodesOf(reader) }, from: 0 }],
  };
}

function nodesOf(reader: BlockReader): BlockNode[] {
  return reader.finish().map(({ node }) => node);
}

interface Marker {
  /** Items of one list have one kind. */
  readonly kind: string;
  readonly number: number | null;
  readonly isEmpty: boolean;
  /** Columns until the item's text. */
  readonly width: number;
  readonly text: string;
}

const MARKER = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/;

function markerOf({ rest, indent, column }: Line): Marker | null {
  const [written, digits] = MARKER.exec(rest) ?? [];
  if (written === undefined) return null;
  const text = rest.slice(written.length);
  const end = indent + written.length;
  const after = lineAt(text, column + end);
  const isEmpty = after.rest === "";
  // More than four are indented code behind a gap of one.
  const gap = isEmpty || after.indent > CODE_INDENT ? 1 : after.indent;
  return {
    kind: written.slice(-1),
    number: digits === undefined ? null : Number(digits),
    isEmpty,
    width: end + gap,
    text: dropColumns(text, column + end, gap),
  };
}

interface OpenItem {
  readonly reader: BlockReader;
  readonly width: number;
}

function list(first: Line, place: Place, inParagraph: boolean): OpenBlock | null {
  const marker = markerOf(first);
  if (!marker || (inParagraph && (marker.isEmpty || (marker.number ?? 1) !== 1))) return null;
  const items: OpenItem[] = [];
  let [afterBlank, isLoose] = [false, false];
  const add = ({ width, text }: Marker, column: number): OpenItem => {
    const reader = readerIn(place, (line) =>
      lineAt(line, 0).indent < width ? null : dropColumns(line, 0, width),
    );
    reader.take(text, column + width);
    items.push({ reader, width });
    return { reader, width };
  };
  let item = add(marker, first.column);
  return {
    take(line) {
      const isBlank = line.rest === "";
      if (isBlank || (line.indent >= item.width && !(afterBlank && item.reader.isEmpty))) {
        item.reader.take(dropColumns(line.text, line.column, item.width), line.column + item.width);
        afterBlank = isBlank;
        return true;
      }
      const next = line.indent >= CODE_INDENT || isRule(line) ? null : markerOf(line);
      if (next?.kind !== marker.kind) return false;
      isLoose ||= afterBlank;
      afterBlank = false;
      item = add(next, line.column);
      return true;
    },
    goOn: (line) => item.reader.goOn(line),
    close: (raw) => {
      const loose = isLoose || items.some(({ reader }) => reader.isSpaced);
      const read = items.map(({ reader }) => toItem(reader, loose));
      const { number } = marker;
      return [
        {
          node: { type: "list", raw, ordered: number !== null, start: number ?? 1, loose, items: read },
          from: 0,
        },
      ];
    },
  };
}

const TASK_BOX = /^\[([ xX])\][ \t]+(?=\S)/;

function toItem(reader: BlockReader, loose: boolean): ListItemNode {
  const children = nodesOf(reader).map((node): BlockNode =>
    node.type === "paragraph" && !loose ? { ...node, type: "text" } : node,
  );
  const [first, ...rest] = children;
  const isProse = first?.type === "paragraph" || first?.type === "text";
  const [box, mark] = (isProse && TASK_BOX.exec(first.text)) || [];
  if (!isProse || box === undefined) return { raw: reader.source, loose, checked: null, children };
  const text = first.text.slice(box.length);
  return { raw: reader.source, loose, checked: mark !== " ", children: [{ ...first, text }, ...rest] };
}

/** The blocks of GFM source, without the inline level. Raw HTML is not a block of its own. */
export function readBlocks(source: string, syntax: MarkdownSyntax): LexedBlock[] {
  const lines = source.split("\n");
  if (lines.at(-1) === "") lines.pop();
  let at = 0;
  const ahead = (): string[] => {
    let end = at + 1;
    while ((lines[end] ?? "").trim() !== "") end += 1;
    return lines.slice(at + 1, end);
  };
  const reader = new BlockReader({ depth: 0, syntax, ahead });
  const offsets = [0];
  for (const [index, line] of lines.entries()) {
    at = index;
    reader.take(line, 0);
    offsets.push((offsets[index] ?? 0) + line.length + 1);
  }
  const children = reader.finish();
  const starts = [...children.map(({ from }) => offsets[from] ?? 0), source.length];
  const blocks = children.map(({ node }, index) => ({
    raw: source.slice(starts[index], starts[index + 1]),
    node,
  }));
  const [first = 0] = starts;
  return first === 0 ? blocks : [{ raw: source.slice(0, first), node: null }, ...blocks];
}
