import { lexBlocks, type LexedBlock } from "./dialect.ts";
import { repairTail } from "./half-open.ts";
import { addDefinitions, labelsIn, NO_DEFINITIONS, pickDefinitions } from "./link-definitions.ts";
import type { BlockNode, Definitions } from "./nodes.ts";
import { countSettled } from "./settled-prefix.ts";
import { shareNode } from "./share-nodes.ts";
import type { MarkdownSyntax } from "./syntax.ts";

/** One visible top-level block. An unchanged block keeps its identity from one document to the next. */
export interface Block {
  /** Stable while text is appended: the block's place in the document. */
  readonly key: string;
  readonly node: BlockNode;
  /** The link reference definitions that this block refers to, wherever they stand in the document. */
  readonly definitions: Definitions;
  readonly labels: readonly string[];
}

/** A lexed text, and what is needed to go on from it. */
export interface MarkdownDocument {
  readonly source: string;
  readonly streaming: boolean;
  readonly syntax: MarkdownSyntax;
  readonly blocks: readonly Block[];
  readonly definitions: Definitions;
  /** The part that no appended text can change. */
  readonly settled: SettledPart;
}

interface SettledPart {
  readonly offset: number;
  readonly blocks: number;
  readonly definitions: Definitions;
}

export interface LexOptions {
  /** More text is expected: half-open syntax at the end is repaired for display. */
  readonly streaming: boolean;
  readonly syntax: MarkdownSyntax;
}

const NOTHING: SettledPart = { offset: 0, blocks: 0, definitions: NO_DEFINITIONS };

/**
 * Lexes `text` into blocks. When it extends the text of `previous`, only what is not settled is lexed again;
 * any other text is lexed from its start. Either way blocks that say the same keep their identity, and the
 * result equals that of lexing the text alone.
 */
export function lexDocument(
  text: string,
  { streaming, syntax }: LexOptions,
  previous?: MarkdownDocument,
): MarkdownDocument {
  const source = normalise(text, previous?.source ?? "");
  const related = previous?.syntax === syntax ? previous : undefined;
  if (related?.source === source && related.streaming === streaming) return related;
  const base = related && source.startsWith(related.source) ? related.settled : NOTHING;

  const tail = source.slice(base.offset);
  const lexed = lexBlocks(tail, syntax);
  const cut = countSettled(lexed, tail);
  const settledNow = lexed.slice(0, cut);
  const open = tail.slice(lengthOf(settledNow));
  const shown = streaming ? repairTail(open) : open;
  const openBlocks = shown === open ? lexed.slice(cut) : lexBlocks(shown, syntax);

  const settledNodes = nodesOf(settledNow);
  const openNodes = nodesOf(openBlocks);
  const settled: SettledPart = {
    offset: source.length - open.length,
    blocks: base.blocks + settledNodes.filter(isVisible).length,
    definitions: addDefinitions(base.definitions, settledNodes),
  };
  const definitions = addDefinitions(settled.definitions, openNodes);
  const kept = related?.blocks.slice(0, base.blocks) ?? [];
  const fresh = [...settledNodes, ...openNodes]
    .filter(isVisible)
    .map((node, index) => blockAt(base.blocks + index, node, related?.blocks[base.blocks + index]));
  const blocks = [...kept, ...fresh].map((block) => refer(block, definitions));
  return { source, streaming, syntax, blocks, definitions, settled };
}

/** CommonMark 2.1 and 2.3: one kind of line ending, no NUL. `clean` is a text without either. */
function normalise(text: string, clean: string): string {
  const fresh = text.startsWith(clean) ? text.slice(clean.length) : text;
  return /[\r\0]/.test(fresh) ? text.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd") : text;
}

function lengthOf(blocks: readonly LexedBlock[]): number {
  return blocks.reduce((length, { raw }) => length + raw.length, 0);
}

function nodesOf(blocks: readonly LexedBlock[]): BlockNode[] {
  return blocks.map(({ node }) => node).filter((node) => node !== null);
}

function isVisible(node: BlockNode): boolean {
  return node.type !== "definition";
}

function blockAt(index: number, next: BlockNode, previous: Block | undefined): Block {
  const node = shareNode(previous?.node, next);
  if (previous && node === previous.node) return previous;
  const labels = labelsIn(node);
  const definitions = labels.length > 0 && previous ? previous.definitions : NO_DEFINITIONS;
  return { key: String(index), node, definitions, labels };
}

function refer(block: Block, all: Definitions): Block {
  if (block.labels.length === 0 || (all === NO_DEFINITIONS && block.definitions === all)) return block;
  const definitions = pickDefinitions(all, block.labels, block.definitions);
  return definitions === block.definitions ? block : { ...block, definitions };
}

/** {@link lexDocument} with a memory of the last document. */
export function createDocumentLexer(): (text: string, options: LexOptions) => MarkdownDocument {
  let last: MarkdownDocument | undefined;
  return (text, options) => {
    last = lexDocument(text, options, last);
    return last;
  };
}
