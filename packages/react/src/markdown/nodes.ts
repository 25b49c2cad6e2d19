/** Where a link reference definition (`[label]: url "title"`) points. */
export interface LinkDefinition {
  readonly href: string;
  readonly title: string | null;
}

/** Link reference definitions by normalised label. */
export type Definitions = Readonly<Record<string, LinkDefinition>>;

export type ColumnAlign = "left" | "center" | "right" | null;

export interface ListItemNode {
  readonly raw: string;
  readonly loose: boolean;
  /** `null`: not a task. */
  readonly checked: boolean | null;
  readonly children: readonly BlockNode[];
}

export interface CodeNode {
  readonly type: "code";
  readonly raw: string;
  readonly code: string;
  /** First word of the info string, lower case; empty when there is none. */
  readonly language: string;
  readonly fenced: boolean;
  /** False while a fence has no closing line. */
  readonly closed: boolean;
}

export interface ListNode {
  readonly type: "list";
  readonly raw: string;
  readonly ordered: boolean;
  readonly start: number;
  readonly loose: boolean;
  readonly items: readonly ListItemNode[];
}

export interface TableNode {
  readonly type: "table";
  readonly raw: string;
  readonly align: readonly ColumnAlign[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * A block of a document. Leaf blocks hold inline source in `text`: it is lexed where it is shown, so
 * that a block which nobody looks at again costs nothing.
 */
export type BlockNode =
  | { readonly type: "paragraph"; readonly raw: string; readonly text: string }
  | { readonly type: "text"; readonly raw: string; readonly text: string }
  | { readonly type: "plain"; readonly raw: string; readonly text: string; readonly cause: unknown }
  | { readonly type: "heading"; readonly raw: string; readonly text: string; readonly depth: number }
  | CodeNode
  | { readonly type: "quote"; readonly raw: string; readonly children: readonly BlockNode[] }
  | ListNode
  | TableNode
  | { readonly type: "rule"; readonly raw: string }
  | {
      readonly type: "definition";
      readonly raw: string;
      readonly label: string;
      readonly target: LinkDefinition;
    }
  | { readonly type: "custom"; readonly raw: string; readonly name: string; readonly text: string };

/** HTML elements that may be written as tags; every other tag is shown as text. */
export type InlineElement = "kbd" | "mark" | "sub" | "sup";

export type InlineNode =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "strong" | "em" | "del"; readonly children: readonly InlineNode[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "break" }
  | {
      readonly type: "link";
      readonly href: string;
      readonly title: string | null;
      readonly children: readonly InlineNode[];
    }
  | { readonly type: "image"; readonly href: string; readonly title: string | null; readonly alt: string }
  | { readonly type: "element"; readonly tag: InlineElement; readonly children: readonly InlineNode[] }
  | {
      readonly type: "custom";
      readonly raw: string;
      readonly name: string;
      readonly text: string;
      readonly display: boolean;
    };

/** The text of inline nodes without their marks. */
export function plainText(nodes: readonly InlineNode[]): string {
  return nodes.map(textOf).join("");
}

function textOf(node: InlineNode): string {
  switch (node.type) {
    case "text":
    case "code":
      return node.text;
    case "custom":
      return node.raw;
    case "image":
      return node.alt;
    case "break":
      return "\n";
    default:
      return plainText(node.children);
  }
}
