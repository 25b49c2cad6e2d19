import type { BlockNode, ListItemNode } from "./nodes.ts";

/**
 * `next`, with every part that equals its counterpart in `previous` replaced by that very object. Memoised
 * components then skip the finished items of a list and the finished rows of a table.
 */
export function shareNode(previous: BlockNode | undefined, next: BlockNode): BlockNode {
  if (!previous || previous.type !== next.type) return next;
  const shared = shareParts(previous, next);
  return sameFields(previous, shared) ? previous : shared;
}

function shareParts(previous: BlockNode, next: BlockNode): BlockNode {
  if (next.type === "quote" && previous.type === "quote") {
    return { ...next, children: shareAll(previous.children, next.children, shareNode) };
  }
  if (next.type === "list" && previous.type === "list") {
    return { ...next, items: shareAll(previous.items, next.items, shareItem) };
  }
  if (next.type === "table" && previous.type === "table") {
    return {
      ...next,
      header: shareAll(previous.header, next.header, keep),
      align: shareAll(previous.align, next.align, keep),
      rows: shareAll(previous.rows, next.rows, (before, row) => shareAll(before ?? [], row, keep)),
    };
  }
  if (next.type === "definition" && previous.type === "definition") {
    return { ...next, target: sameFields(previous.target, next.target) ? previous.target : next.target };
  }
  return next;
}

function shareItem(previous: ListItemNode | undefined, next: ListItemNode): ListItemNode {
  if (!previous) return next;
  const shared = { ...next, children: shareAll(previous.children, next.children, shareNode) };
  return sameFields(previous, shared) ? previous : shared;
}

function shareAll<Part>(
  previous: readonly Part[],
  next: readonly Part[],
  share: (previous: Part | undefined, next: Part) => Part,
): readonly Part[] {
  const shared = next.map((part, index) => share(previous[index], part));
  const same = previous.length === shared.length && shared.every((part, index) => part === previous[index]);
  return same ? previous : shared;
}

function keep<Part>(_previous: Part | undefined, next: Part): Part {
  return next;
}

function sameFields<Fields extends object>(one: Fields, other: Fields): boolean {
  const [left, right] = [Object.entries(one), new Map(Object.entries(other))];
  return left.length === right.size && left.every(([name, value]) => Object.is(value, right.get(name)));
}
