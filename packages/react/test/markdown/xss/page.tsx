import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { Markdown, type MarkdownConfig } from "../../../src/markdown/index.ts";
import { highlightCode } from "../../../src/markdown/plugins/highlight.ts";
import { math } from "../../../src/markdown/plugins/math.tsx";
import { mermaid } from "../../../src/markdown/plugins/mermaid.tsx";
import { findViolations } from "./find-violations.ts";
import type { HostKind } from "./page-window.ts";

const HOSTILE_SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)"><script>alert(1)</script>
<image href="https://evil.example/svg.png" width="9" height="9"/><style>@import url(https://evil.example/svg.css);</style>
<foreignObject width="9" height="9"><img xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/svg.gif" onerror="alert(1)"/></foreignObject></svg>`;

const HOSTS: Record<HostKind, MarkdownConfig> = {
  default: {},
  generous: {
    urlPolicy: { allowedImageOrigins: ["https://allowed.example"] },
    highlighter: highlightCode,
    plugins: [
      math(() => import("katex")),
      mermaid(async () => ({ initialize: () => undefined, render: async () => ({ svg: HOSTILE_SVG }) })),
    ],
  },
};

const EVENTS = [
  "mouseover",
  "mouseenter",
  "pointerover",
  "focus",
  "focusin",
  "load",
  "error",
  "toggle",
  "animationstart",
];

function allowsImage(source: string): boolean {
  return (
    source.startsWith("https://allowed.example/") || source.startsWith("data:image/svg+xml;charset=utf-8,")
  );
}

function provoke(root: Element): void {
  for (const element of root.querySelectorAll("*")) {
    for (const event of EVENTS) element.dispatchEvent(new Event(event));
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

const container = document.querySelector("main");
if (!container) throw new Error("the page has no main element");
const root = createRoot(container);
let messages = 0;

window.showMessage = async (text, host) => {
  const found = new Set<string>();
  const config = HOSTS[host];
  const look = (): void => {
    for (const violation of findViolations(container, host === "generous" ? allowsImage : undefined)) {
      found.add(violation);
    }
  };
  const key = (messages += 1);
  const step = Math.max(1, Math.floor(text.length / 400));
  for (let end = 1; end <= text.length; end += step) {
    flushSync(() => root.render(<Markdown key={key} text={text.slice(0, end)} streaming {...config} />));
    if (end % 4 === 0) look();
  }
  flushSync(() => root.render(<Markdown key={key} text={text} {...config} />));
  look();
  flushSync(() => root.render(<Markdown key={-key} text={text} {...config} />));
  await settled();
  look();
  provoke(container);
  return [...found];
};

window.showCarelessly = (html) => {
  const place = document.createElement("div");
  document.body.append(place);
  place.innerHTML = html;
};
