"use client";

import { createElement, memo, useEffect, useMemo, type ReactElement, type ReactNode } from "react";
import { directionOf } from "./bidi.ts";
import { CodeBlock } from "./code-block.tsx";
import { lexInline } from "./dialect.ts";
import { closeInline } from "./half-open-inline.ts";
import type {
  BlockNode,
  CodeNode,
  ColumnAlign,
  Definitions,
  ListItemNode,
  ListNode,
  TableNode,
} from "./nodes.ts";
import { findComponent } from "./plugin.ts";
import { renderCustom } from "./render-custom.tsx";
import { renderInline } from "./render-inline.tsx";
import type { MarkdownSettings } from "./settings.ts";

interface ViewContext {
  readonly definitions: Definitions;
  readonly settings: MarkdownSettings;
  /** The text ends here and is still being written. */
  readonly open: boolean;
}

interface NodeViewProps extends ViewContext {
  readonly node: BlockNode;
  /** Only a top-level block looks at its own text for its direction; what it holds inherits it. */
  readonly dir?: "auto";
}

/** A block node and everything in it. Renders again only when one of its props is another object. */
export const NodeView = memo(function NodeView({ node, dir, ...context }: NodeViewProps): ReactNode {
  const { components } = context.settings;
  switch (node.type) {
    case "text":
      return <InlineView text={node.text} {...context} />;
    case "paragraph": {
      const Paragraph = components.p ?? "p";
      return (
        <Paragraph dir={dir}>
          <InlineView text={node.text} {...context} />
        </Paragraph>
      );
    }
    case "plain":
      return <PlainView text={node.text} cause={node.cause} onError={context.settings.onError} />;
    case "heading":
      return renderHeading(node, dir, context);
    case "code":
      return renderCode(node, context);
    case "quote": {
      const Quote = components.blockquote ?? "blockquote";
      return <Quote dir={dir}>{renderChildren(node.children, context)}</Quote>;
    }
    case "list":
      return renderList(node, dir, context);
    case "table":
      return renderTable(node, dir, context);
    case "rule":
      return createElement(components.hr ?? "hr");
    case "custom":
      return renderCustom({ ...node, display: true }, context.settings) ?? <p dir={dir}>{node.raw}</p>;
    case "definition":
      return null;
  }
});

function renderChildren(nodes: readonly BlockNode[], { open, ...context }: ViewContext): ReactNode {
  return nodes.map((node, index) => (
    <NodeView key={index} node={node} open={open && index === nodes.length - 1} {...context} />
  ));
}

/** One leaf's text. Lexed only when the text or a definition that it names has changed. */
function InlineView({
  text,
  open,
  definitions,
  settings,
}: ViewContext & { readonly text: string }): ReactNode {
  const shown = open ? closeInline(text) : text;
  const { syntax } = settings;
  const nodes = useMemo(() => lexInline(shown, definitions, syntax), [shown, definitions, syntax]);
  return renderInline(nodes, settings);
}

function PlainView({
  text,
  cause,
  onError,
}: {
  readonly text: string;
  readonly cause: unknown;
  readonly onError: (error: unknown) => void;
}): ReactElement {
  useEffect(() => {
    onError(cause);
  }, [cause, onError]);
  return (
    <p className="automna-plain" dir="auto">
      {text}
    </p>
  );
}

const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"] as const;

function headingAt(level: number): (typeof HEADINGS)[number] {
  return HEADINGS[Math.min(Math.max(level, 1), HEADINGS.length) - 1] ?? "h6";
}

function renderHeading(
  { depth, text }: Extract<BlockNode, { type: "heading" }>,
  dir: "auto" | undefined,
  context: ViewContext,
): ReactElement {
  const { components, headingOffset } = context.settings;
  return createElement(
    components[headingAt(depth)] ?? headingAt(depth + headingOffset),
    { className: `automna-heading automna-heading-${depth}`, dir },
    <InlineView text={text} {...context} />,
  );
}

function renderCode(
  { code, language, closed, fenced }: CodeNode,
  { open, settings }: ViewContext,
): ReactElement {
  const { components, plugins, highlighter, labels, copyText, scheduleIdle, onError } = settings;
  const Code = components.CodeBlock ?? CodeBlock;
  const writing = open && !(fenced && closed);
  const block = (
    <Code
      code={code}
      language={language}
      streaming={writing}
      {...{ highlighter, labels, copyText, scheduleIdle, onError }}
    />
  );
  const Special = closed
    ? findComponent(
        plugins.map(({ codeBlocks }) => codeBlocks),
        language,
      )
    : undefined;
  return Special ? <Special code={code} language={language} fallback={block} settings={settings} /> : block;
}

function renderList(
  node: ListNode,
  dir: "auto" | undefined,
  { open, ...context }: ViewContext,
): ReactElement {
  const { components } = context.settings;
  const items = node.items.map((item, index) => (
    <ItemView key={index} item={item} open={open && index === node.items.length - 1} {...context} />
  ));
  if (!node.ordered) return createElement(components.ul ?? "ul", { dir }, items);
  return createElement(
    components.ol ?? "ol",
    { dir, start: node.start === 1 ? undefined : node.start },
    items,
  );
}

const ItemView = memo(function ItemView({
  item,
  ...context
}: ViewContext & { readonly item: ListItemNode }): ReactElement {
  const { components, labels } = context.settings;
  const Item = components.li ?? "li";
  if (item.checked === null) return <Item>{renderChildren(item.children, context)}</Item>;
  return (
    <Item className="automna-task">
      <input
        type="checkbox"
        checked={item.checked}
        disabled
        readOnly
        aria-label={item.checked ? labels.taskDone : labels.taskOpen}
      />{" "}
      {renderChildren(item.children, context)}
    </Item>
  );
});

function renderTable(
  { header, align, rows }: TableNode,
  dir: "auto" | undefined,
  { open, ...context }: ViewContext,
): ReactElement {
  const { components, labels } = context.settings;
  const Table = components.table ?? "table";
  return (
    <div
      className="automna-table"
      role="group"
      tabIndex={0}
      aria-label={labels.table}
      // `auto` looks at no text inside of what has a direction of its own, as each cell has.
      dir={dir && directionOf([...header, ...rows.flat()])}
    >
      <Table>
        <thead>
          <RowView cells={header} align={align} as="th" open={open && rows.length === 0} {...context} />
        </thead>
        {rows.length > 0 && (
          <tbody>
            {rows.map((cells, index) => (
              <RowView
                key={index}
                cells={cells}
                align={align}
                as="td"
                open={open && index === rows.length - 1}
                {...context}
              />
            ))}
          </tbody>
        )}
      </Table>
    </div>
  );
}

interface RowViewProps extends ViewContext {
  readonly cells: readonly string[];
  readonly align: readonly ColumnAlign[];
  readonly as: "td" | "th";
}

const RowView = memo(function RowView({
  cells,
  align,
  as: Cell,
  open,
  ...context
}: RowViewProps): ReactElement {
  const last = cells.findLastIndex((cell) => cell !== "");
  return (
    <tr>
      {cells.map((cell, index) => (
        <Cell
          key={index}
          dir="auto"
          data-align={align[index] ?? undefined}
          scope={Cell === "th" ? "col" : undefined}
        >
          <InlineView text={cell} open={open && index === last} {...context} />
        </Cell>
      ))}
    </tr>
  );
});
