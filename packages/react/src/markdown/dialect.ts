import { readBlocks, type LexedBlock } from "./block-reader.ts";
import { readInline } from "./inline-reader.ts";
import type { Definitions, InlineNode } from "./nodes.ts";
import type { MarkdownSyntax } from "./syntax.ts";

export type { LexedBlock } from "./block-reader.ts";

/**
 * Block structure of GFM source, without the inline level. Raw HTML is not a block of its own.
 * Never throws: source that cannot be lexed is one `plain` block.
 */
export function lexBlocks(source: string, syntax: MarkdownSyntax): LexedBlock[] {
  try {
    return readBlocks(source, syntax);
  } catch (cause) {
    return [{ raw: source, node: { type: "plain", raw: source, text: source, cause } }];
  }
}

/** Inline nodes of one leaf's source. Never throws: source that cannot be lexed is text. */
export function lexInline(text: string, definitions: Definitions, syntax: MarkdownSyntax): InlineNode[] {
  try {
    return readInline(text, definitions, syntax);
  } catch {
    return [{ type: "text", text }];
  }
}
