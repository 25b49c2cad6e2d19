import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { Markdown } from "../src/index.ts";
import { highlightCode } from "../src/markdown/plugins/highlight.ts";
import { math } from "../src/markdown/plugins/math.tsx";
import { mermaid, type MermaidLike } from "../src/markdown/plugins/mermaid.tsx";
import { Panel } from "./panel.tsx";

/** Draws boxes in a row: the library itself is ten times as heavy as this catalogue. */
const drawsBoxes: MermaidLike = {
  initialize: () => undefined,
  async render(_, code) {
    if (!code.startsWith("graph")) throw new Error("Parse error on line 1");
    const names = [...new Set(code.match(/\b[A-Z][a-z]+\b/g))];
    const boxes = names.map(
      (name, index) =>
        `<rect x="${index * 110 + 5}" y="5" width="100" height="40" fill="#eef" stroke="#557"/><text x="${index * 110 + 55}" y="30" text-anchor="middle" font-family="sans-serif" font-size="14">${name}</text>`,
    );
    const width = names.length * 110 + 10;
    return {
      svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="50" viewBox="0 0 ${width} 50">${boxes.join("")}</svg>`,
    };
  },
};

/** Entries of their own, loaded with the first text that needs them. */
const meta = {
  title: "Markdown/Additions",
  component: Markdown,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
} satisfies Meta<typeof Markdown>;

export default meta;
type Story = StoryObj<typeof meta>;

/** `@automna/react/highlight` */
export const Highlighted: Story = {
  args: {
    text: '```ts\n// the tide of a day\nconst high = await readLevel("north pier", 12);\n```',
    highlighter: highlightCode,
  },
  play: async ({ canvas }) => {
    await expect(await canvas.findByText("await")).toHaveClass("automna-code-keyword");
  },
};

/** `@automna/react/math` with KaTeX: MathML, which needs neither a style sheet nor fonts. */
export const Formulas: Story = {
  args: {
    text: "The period of a tide is $T \\approx 12.42\\,\\mathrm{h}$, so\n\n$$\nh(t) = \\sum_{i=1}^{n} A_i \\cos(\\omega_i t + \\varphi_i)\n$$",
    plugins: [math(() => import("katex"))],
  },
  play: async ({ canvasElement, canvas }) => {
    await canvas.findByText(/The period of a tide/);
    await waitFor(() => expect(canvasElement.querySelectorAll("math")).toHaveLength(2));
  },
};

/** `@automna/react/mermaid` */
export const Diagram: Story = {
  args: {
    text: "```mermaid\ngraph LR\n  Browser --> Gateway --> Model\n```",
    plugins: [mermaid(async () => drawsBoxes)],
  },
  play: async ({ canvas }) => {
    await expect(await canvas.findByRole("img")).toBeVisible();
  },
};

/** A diagram that cannot be read stays what it is: code. */
export const DiagramWithMistake: Story = {
  args: {
    text: "```mermaid\ngrph LR\n  Browser --> Gateway\n```",
    plugins: [mermaid(async () => drawsBoxes)],
  },
  play: async ({ canvas }) => {
    await canvas.findByText(/grph LR/);
  },
};
