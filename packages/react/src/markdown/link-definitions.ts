import type { BlockNode, Definitions, ListItemNode } from "./nodes.ts";

/** No definition: shared, so that blocks without references keep one identity. */
export const NO_DEFINITIONS: Definitions = Object.freeze(emptyDefinitions());

function emptyDefinitions(): Record<string, Definitions[string]> {
  return Object.create(null) as Record<string, Definitions[string]>;
}

/** `known` plus the definitions in `nodes`, in document order. The first of a label wins. */
export function addDefinitions(known: Definitions, nodes: readonly BlockNode[]): Definitions {
  const found = nodes.flatMap(definitionsIn).filter(({ label }) => !Object.hasOwn(known, label));
  if (found.length === 0) return known;
  const all = Object.assign(emptyDefinitions(), known);
  for (const { label, target } of found) all[label] ??= target;
  return all;
}

function definitionsIn(node: BlockNode): Extract<BlockNode, { type: "definition" }>[] {
  if (node.type === "definition") return [node];
  if (node.type === "quote") return node.children.flatMap(definitionsIn);
  if (node.type === "list") return node.items.flatMap((item) => item.children.flatMap(definitionsIn));
  return [];
}

/** The labels that a block could refer to: the text of every innermost pair of brackets. */
export function labelsIn(node: BlockNode): readonly string[] {
  if (!node.raw.includes("[")) return NO_LABELS;
  const labels = new Set<string>();
  for (const text of leafTexts(node)) {
    for (const [, label] of text.matchAll(BRACKETS))
      if (label !== undefined) labels.add(normaliseLabel(label));
  }
  return labels.size === 0 ? NO_LABELS : [...labels];
}

const NO_LABELS: readonly string[] = [];
/** Escaped characters are passed, or each escaped bracket would be looked for the end of. */
const BRACKETS = /\\[^]|\[((?:\\[^]|[^[\]\\])+)(?=\])/g;

/** One spelling for all spellings of a label. The three folds make "ẞ" and "SS" one label. */
export function normaliseLabel(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase().toLowerCase();
}

function leafTexts(node: BlockNode): readonly string[] {
  switch (node.type) {
    case "paragraph":
    case "text":
    case "heading":
      return [node.text];
    case "quote":
      return node.children.flatMap(leafTexts);
    case "list":
      return node.items.flatMap((item: ListItemNode) => item.children.flatMap(leafTexts));
    case "table":
      return [...node.header, ...node.rows.flat()];
    default:
      return NO_LABELS;
  }
}

/** The definitions among `all` that `labels` name; `previous` itself when they say the same. */
export function pickDefinitions(
  all: Definitions,
  labels: readonly string[],
  previous: Definitions,
): Definitions {
  const named = labels.filter((label) => Object.hasOwn(all, label));
  if (named.length === 0) return NO_DEFINITIONS;
  const unchanged =
    Object.keys(previous).length === named.length &&
    named.every((label) => {
      const [now, before] = [all[label], previous[label]];
      return now?.href === before?.href && now?.title === before?.title;
    });
  if (unchanged) return previous;
  const picked = emptyDefinitions();
  for (const label of named) {
    const target = all[label];
    if (target) picked[label] = target;
  }
  return picked;
}
