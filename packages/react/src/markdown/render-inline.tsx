import { createElement, Fragment, type ReactElement, type ReactNode } from "react";
import { showBidiControls } from "./bidi.ts";
import { plainText, type InlineNode } from "./nodes.ts";
import { renderCustom } from "./render-custom.tsx";
import type { MarkdownSettings } from "./settings.ts";
import { namesAnotherHost } from "./url-policy.ts";

/** Inline nodes as React nodes. Inside of a link no other link is made. */
export function renderInline(
  nodes: readonly InlineNode[],
  settings: MarkdownSettings,
  inLink = false,
): ReactNode[] {
  return nodes.map((node, index) =>
    node.type === "text" ? (
      textIn(node.text, inLink)
    ) : (
      <Fragment key={index}>{renderNode(node, settings, inLink)}</Fragment>
    ),
  );
}

function textIn(text: string, inLink: boolean): string {
  return inLink ? showBidiControls(text) : text;
}

function renderNode(
  node: Exclude<InlineNode, { type: "text" }>,
  settings: MarkdownSettings,
  inLink: boolean,
): ReactNode {
  const { components } = settings;
  switch (node.type) {
    case "strong":
    case "em":
    case "del":
      return createElement(
        components[node.type] ?? node.type,
        null,
        ...renderInline(node.children, settings, inLink),
      );
    case "element":
      return createElement(node.tag, null, ...renderInline(node.children, settings, inLink));
    case "break":
      return <br />;
    case "code": {
      const Code = components.code ?? "code";
      return (
        <Code className="automna-inline-code" dir="ltr">
          {showBidiControls(node.text)}
        </Code>
      );
    }
    case "link":
      return renderLink(node, settings, inLink);
    case "image":
      return renderImage(node, settings, inLink);
    case "custom":
      return renderCustom(node, settings) ?? node.raw;
  }
}

function renderLink(
  node: Extract<InlineNode, { type: "link" }>,
  settings: MarkdownSettings,
  inLink: boolean,
): ReactNode {
  const children = renderInline(node.children, settings, true);
  if (inLink) return children;
  const link = settings.policy.link(node.href);
  if (!link) {
    return (
      <span className="automna-blocked-link" title={settings.labels.blockedLink}>
        {children}
      </span>
    );
  }
  const Anchor = settings.components.a ?? "a";
  const shown = plainText(node.children);
  return (
    <Anchor
      className="automna-link"
      href={link.href}
      title={node.title === null ? undefined : showBidiControls(node.title)}
      rel="noopener noreferrer nofollow"
      target={link.kind === "web" ? "_blank" : undefined}
    >
      {children}
      {namesAnotherHost(shown, link) && <span className="automna-link-host"> ({link.host})</span>}
    </Anchor>
  );
}

function renderImage(
  { href, alt, title }: Extract<InlineNode, { type: "image" }>,
  settings: MarkdownSettings,
  inLink: boolean,
): ReactElement {
  const { components, labels, policy } = settings;
  const source = policy.image(href);
  const shownTitle = title === null ? undefined : showBidiControls(title);
  if (source !== null) {
    const Image = components.img ?? "img";
    return (
      <Image
        className="automna-image"
        src={source}
        alt={showBidiControls(alt)}
        title={shownTitle}
        loading="lazy"
        decoding="async"
        referrerPolicy="no-referrer"
      />
    );
  }
  const text = alt.trim() === "" ? labels.image : `${labels.image}: ${showBidiControls(alt)}`;
  const link = inLink ? null : policy.link(href);
  if (link?.kind !== "web") return <span className="automna-image-placeholder">{text}</span>;
  const Anchor = components.a ?? "a";
  return (
    <Anchor
      className="automna-image-placeholder"
      href={link.href}
      title={shownTitle}
      rel="noopener noreferrer nofollow"
      target="_blank"
    >
      {text}
      <span className="automna-link-host"> ({link.host})</span>
    </Anchor>
  );
}
