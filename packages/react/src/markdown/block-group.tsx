"use client";

import { memo, type ReactElement } from "react";
import type { Block } from "./block-lexer.ts";
import { NodeView } from "./render-tokens.tsx";
import type { MarkdownSettings } from "./settings.ts";

/**
 * React looks at every child of what it renders, memoised or not, so a long text is rendered in pieces of this many. A
 * thread has only those in the document that are near the viewport.
 */
const GROUP_SIZE = 6;

/** Blocks in groups of equal length, the last one excepted. A block that is only appended to never changes its group. */
export function inGroups(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const groups: Block[][] = [];
  for (let at = 0; at < blocks.length; at += GROUP_SIZE) groups.push(blocks.slice(at, at + GROUP_SIZE));
  return groups;
}

interface BlockGroupProps {
  readonly blocks: readonly Block[];
  readonly settings: MarkdownSettings;
  /** The text ends in this group and is still being written. */
  readonly open: boolean;
}

function sameGroup(one: BlockGroupProps, other: BlockGroupProps): boolean {
  return (
    one.settings === other.settings &&
    one.open === other.open &&
    one.blocks.length === other.blocks.length &&
    one.blocks.every((block, index) => block === other.blocks[index])
  );
}

/** Neighbouring blocks, which render again only when one of them changed. Adds nothing to the document. */
export const BlockGroup = memo(function BlockGroup({
  blocks,
  settings,
  open,
}: BlockGroupProps): ReactElement {
  const last = blocks.length - 1;
  return (
    <>
      {blocks.map(({ key, node, definitions }, index) => (
        <NodeView
          key={key}
          node={node}
          definitions={definitions}
          settings={settings}
          open={open && index === last}
          dir="auto"
        />
      ))}
    </>
  );
}, sameGroup);
