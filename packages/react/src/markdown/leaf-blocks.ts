import { decodeText } from "./entities.ts";
import { dropColumns, type Line } from "./indentation.ts";
import { normaliseLabel } from "./link-definitions.ts";
import { readDefinition } from "./link-target.ts";
import type { BlockNode, ColumnAlign } from "./nodes.ts";

/** From this indentation on a line begins nothing but code. */
export const CODE_INDENT = 4;

/** What a block has become, and how many lines after the block's first it begins. */
export interface Child {
  readonly node: BlockNode;
  readonly from: number;
}

/** A block that more lines may belong to. */
export interface OpenBlock {
  /** Takes a line that is its own whatever else could begin with it. */
  take(line: Line): boolean;
  /**
   * Takes a line that begins nothing.
   *
   * @param lazily the marks of a container are missing: only a paragraph goes on without them
   */
  goOn(line: Line, lazily: boolean): boolean;
  /** Fewer things begin in the middle of a paragraph. */
  readonly isParagraph?: () => boolean;
  /** @param raw its source */
  close(raw: string): readonly Child[];
}

const never = () => false;

/** A block of so many lines. */
export function wholeLines(count: number, make: (raw: string) => BlockNode): OpenBlock {
  let left = count - 1;
  return { take: () => left-- > 0, goOn: never, close: (raw) => [{ node: make(raw), from: 0 }] };
}

const HEADING = /^#{1,6}(?=[ \t]|$)/;
const RULE = /^([-*_])(?:[ \t]*\1){2,}[ \t]*$/;

/** `# A heading`. */
export function heading({ rest }: Line): OpenBlock | null {
  const depth = HEADING.exec(rest)?.[0].length;
  if (depth === undefined) return null;
  const written = rest.slice(depth).trim();
  const body = written.replace(/(?<!#)#+$/, "");
  const text = body === "" || /[ \t]$/.test(body) ? body.trimEnd() : written;
  return wholeLines(1, (raw) => ({ type: "heading", raw, text, depth }));
}

export function isRule({ rest }: Line): boolean {
  return RULE.test(rest);
}

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})([^]*)/;

/** Code between fences. */
export function fence({ rest, indent }: Line): OpenBlock | null {
  const [, marker, info = ""] = FENCE.exec(rest) ?? [];
  if (marker === undefined) return null;
  const lines: string[] = [];
  let closed = false;
  return {
    take(line) {
      if (closed) return false;
      const last = line.rest.trimEnd();
      closed =
        line.indent < CODE_INDENT && last.startsWith(marker) && last === marker.charAt(0).repeat(last.length);
      if (!closed) lines.push(dropColumns(line.text, line.column, indent));
      return true;
    },
    goOn: never,
    close: (raw) => {
      const language =
        decodeText(info.trim())
          .split(/[\s{,]/, 1)[0]
          ?.toLowerCase() ?? "";
      return [{ node: { type: "code", raw, code: joined(lines), language, fenced: true, closed }, from: 0 }];
    },
  };
}

/** Indented code. */
export function indentedCode({ text, column }: Line): OpenBlock {
  const lines = [dropColumns(text, column, CODE_INDENT)];
  return {
    take(line) {
      if (line.indent < CODE_INDENT && line.rest !== "") return false;
      lines.push(dropColumns(line.text, line.column, CODE_INDENT));
      return true;
    },
    goOn: never,
    close: (raw) => [
      {
        node: { type: "code", raw, code: joined(lines), language: "", fenced: false, closed: true },
        from: 0,
      },
    ],
  };
}

function joined(lines: readonly string[]): string {
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== "") + 1).join("\n");
}

interface OpenTable {
  readonly align: readonly ColumnAlign[];
  readonly rows: string[];
}

const UNDERLINE = /^(?:=+|-+)[ \t]*$/;

/** What begins as a paragraph. Its later lines may make it a heading or its last line the head of a table. */
export function prose(first: Line): OpenBlock {
  const lines = [first.rest];
  let depth = 0;
  let table: OpenTable | null = null;
  return {
    take({ rest, indent }) {
      if (depth > 0 || table || rest === "" || indent >= CODE_INDENT) return false;
      if (UNDERLINE.test(rest) && definitionsIn(lines).text !== "") {
        depth = rest.startsWith("=") ? 1 : 2;
        return true;
      }
      const align = alignsIn(rest);
      if (align?.length !== cellsIn(lines.at(-1) ?? "").length) return false;
      table = { align, rows: lines.splice(-1) };
      return true;
    },
    goOn({ rest, indent }, lazily) {
      if (depth > 0 || (table && (lazily || indent >= CODE_INDENT))) return false;
      (table?.rows ?? lines).push(rest);
      return true;
    },
    isParagraph: () => depth === 0 && table === null,
    close: () => {
      const { children, text, from } = definitionsIn(lines);
      if (text !== "") {
        const leaf = { raw: text, text };
        children.push({
          node: depth > 0 ? { type: "heading", ...leaf, depth } : { type: "paragraph", ...leaf },
          from,
        });
      }
      if (table) children.push({ node: toTable(table), from: lines.length });
      return children;
    },
  };
}

/** The definitions that a paragraph begins with, and what is left of it. */
function definitionsIn(lines: readonly string[]): { children: Child[]; text: string; from: number } {
  const text = lines.join("\n");
  const children: Child[] = [];
  let [at, from] = [0, 0];
  for (;;) {
    const found = text[at] === "[" ? readDefinition(text, at) : null;
    if (!found) return { children, text: text.slice(at).trimEnd(), from };
    const { label, target } = found.value;
    const raw = text.slice(at, found.end).trimEnd();
    children.push({ node: { type: "definition", raw, label: normaliseLabel(label), target }, from });
    from += raw.split("\n").length;
    at = found.end;
  }
}

const DELIMITERS = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;

function alignsIn(row: string): ColumnAlign[] | null {
  if (!/[|:]/.test(row) || !DELIMITERS.test(row)) return null;
  return cellsIn(row).map((cell) => {
    if (cell.endsWith(":")) return cell.startsWith(":") ? "center" : "right";
    return cell.startsWith(":") ? "left" : null;
  });
}

/** The cells of a table's row. */
export function cellsIn(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function toTable({ align, rows: [head = "", ...body] }: OpenTable): BlockNode {
  const header = cellsIn(head);
  const rows = body.map((row) => {
    const cells = cellsIn(row);
    return header.map((_, column) => cells[column] ?? "");
  });
  return { type: "table", raw: [head, ...body].join("\n"), align, header, rows };
}
