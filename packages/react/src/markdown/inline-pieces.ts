import type { InlineElement, InlineNode } from "./nodes.ts";

/** How deep inline nodes may stand in each other; deeper marks stay characters. */
const DEEPEST_INLINE = 24;

/** A run of `*`, `_` or `~`, as long as it may still be marks. */
interface MarkRun {
  readonly mark: string;
  readonly length: number;
  readonly opens: boolean;
  readonly closes: boolean;
  /** Marks that are not used yet. */
  left: number;
}

/** A part of a text: read already, or with a meaning that depends on what comes. */
export type Piece =
  | { readonly kind: "node"; readonly node: InlineNode; readonly depth: number }
  | { readonly kind: "tag"; readonly raw: string }
  | { readonly kind: "marks"; readonly run: MarkRun };

/** A text as it is to be shown. */
export function textPiece(text: string): Piece {
  return { kind: "node", node: { type: "text", text }, depth: 0 };
}

/** Inline nodes, and how deep they stand in each other. */
export interface Nested {
  readonly nodes: InlineNode[];
  readonly depth: number;
}

interface Opener {
  readonly run: MarkRun;
  /** Its place among what is read, and among all. */
  readonly at: number;
  readonly order: number;
}

/** Gives marks and tags their meaning: CommonMark 0.31, 6.2, and GFM's strikethrough. */
export function nest(pieces: readonly Piece[]): Nested {
  const out: Piece[] = [];
  const openers: Opener[] = [];
  /** Runs that came before what could not be closed by a kind of run: that kind does not look at them again. */
  const bottoms = new Map<string, number>();
  for (const [order, piece] of pieces.entries()) {
    if (piece.kind !== "marks") {
      out.push(piece);
      continue;
    }
    const { run } = piece;
    if (run.closes) close({ run, at: out.length, order }, out, openers, bottoms);
    if (run.left > 0) {
      if (run.opens) openers.push({ run, at: out.length, order });
      out.push(piece);
    }
  }
  return pairTags(out);
}

function close({ run, order }: Opener, out: Piece[], openers: Opener[], bottoms: Map<string, number>): void {
  const kind = `${run.mark}${run.opens}${run.length % 3}`;
  const bottom = bottoms.get(kind) ?? 0;
  while (run.left > 0) {
    const top = openers.findLastIndex((opener) => opener.order < bottom || fits(opener.run, run));
    const opener = openers[top];
    const inner = opener && opener.order >= bottom ? pairTags(out.slice(opener.at + 1)) : null;
    if (!opener || !inner || inner.depth + 1 >= DEEPEST_INLINE) {
      bottoms.set(kind, order);
      return;
    }
    const used = run.mark === "~" ? run.length : Math.min(opener.run.left, run.left, 2);
    opener.run.left -= used;
    run.left -= used;
    const kept = opener.run.left > 0 ? 1 : 0;
    openers.length = top + kept;
    out.length = opener.at + kept;
    const type = run.mark === "~" ? "del" : used === 2 ? "strong" : "em";
    out.push({ kind: "node", node: { type, children: inner.nodes }, depth: inner.depth + 1 });
  }
}

function fits(opener: MarkRun, closer: MarkRun): boolean {
  if (opener.mark !== closer.mark) return false;
  if (closer.mark === "~") return opener.length === closer.length;
  const isBoth = opener.closes || closer.opens;
  return (
    !isBoth ||
    (opener.length + closer.length) % 3 !== 0 ||
    (opener.length % 3 === 0 && closer.length % 3 === 0)
  );
}

interface OpenElement extends Nested {
  readonly tag: InlineElement | null;
  readonly raw: string;
  depth: number;
}

const ELEMENTS: readonly InlineElement[] = ["kbd", "mark", "sub", "sup"];
const ELEMENT_TAG = /^<(\/?)([a-z]+)>$/i;
const BREAK_TAG = /^<br[ \t]*\/?>$/i;

/** Puts what stands between the tags of an element into it. All other HTML is text, and so are marks without a partner. */
function pairTags(pieces: readonly Piece[]): Nested {
  const root: OpenElement = { tag: null, raw: "", nodes: [], depth: 0 };
  const stack = [root];
  for (const piece of pieces) {
    const top = stack.at(-1) ?? root;
    const [, slash, name] = (piece.kind === "tag" && ELEMENT_TAG.exec(piece.raw)) || [];
    const tag = ELEMENTS.find((element) => element === name?.toLowerCase());
    if (tag && slash === "" && stack.length < DEEPEST_INLINE) {
      stack.push({ tag, raw: piece.kind === "tag" ? piece.raw : "", nodes: [], depth: 0 });
    } else if (tag && slash !== "" && top.tag === tag && top.depth + 1 < DEEPEST_INLINE) {
      stack.pop();
      append(stack.at(-1) ?? root, { type: "element", tag, children: top.nodes }, top.depth + 1);
    } else append(top, nodeOf(piece), piece.kind === "node" ? piece.depth : 0);
  }
  return stack.reduceRight((inner, open) => {
    append(open, { type: "text", text: inner.raw }, 0);
    for (const node of inner.nodes) append(open, node, inner.depth);
    return open;
  });
}

function nodeOf(piece: Piece): InlineNode {
  if (piece.kind === "node") return piece.node;
  if (piece.kind === "marks") return { type: "text", text: piece.run.mark.repeat(piece.run.left) };
  return BREAK_TAG.test(piece.raw) ? { type: "break" } : { type: "text", text: piece.raw };
}

function append(into: OpenElement, node: InlineNode, depth: number): void {
  const last = into.nodes.at(-1);
  into.depth = Math.max(into.depth, depth);
  if (node.type !== "text") into.nodes.push(node);
  else if (last?.type === "text")
    into.nodes[into.nodes.length - 1] = { type: "text", text: last.text + node.text };
  else if (node.text !== "") into.nodes.push(node);
}
