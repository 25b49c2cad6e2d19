import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { Markdown } from "../src/index.ts";
import { highlightCode } from "../src/markdown/plugins/highlight.ts";
import { Panel } from "./panel.tsx";

const meta = {
  title: "Markdown/Markdown",
  component: Markdown,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
} satisfies Meta<typeof Markdown>;

export default meta;
type Story = StoryObj<typeof meta>;

export const Everyday: Story = {
  args: {
    text: `# Tides

The water climbs the beach **twice a day**, pulled by the *moon* and, more weakly, by the sun.

- two highs, two lows
  - spring tides at new and full moon
  - neap tides between
- [x] the table is printed
- [ ] the pier is painted

> A tide table is a promise about the future of the sea.

Read [more about tides](https://tides.test/), or press <kbd>T</kbd>. ~~No guarantee.~~

---

1. First this
2. then that`,
  },
};

export const Table: Story = {
  args: {
    text: `| Harbour | High | Low | Range | Wind | Remarks |
| :-- | --: | --: | --: | :-: | :-- |
| North pier | 06:12 | 12:25 | 3.1 m | NW 4 | closed for large ships in the afternoon |
| Old town | 06:40 | 12:51 | 2.9 m | NW 3 | open |
| South bay | 07:05 | 13:20 | 4.4 m | W 5 | small craft warning until the evening |`,
  },
};

const program = Array.from(
  { length: 60 },
  (_, index) =>
    `  const level${index} = await readLevel("north pier", ${index}); // metres above the chart's zero`,
).join("\n");

export const LongCode: Story = {
  args: {
    text: `\`\`\`ts\nexport async function levels() {\n${program}\n}\n\`\`\``,
    highlighter: highlightCode,
  },
  play: async ({ canvasElement }) => {
    const coloured = () => canvasElement.querySelectorAll("code span").length;
    await waitFor(() => expect(coloured()).toBeGreaterThan(100));
  },
};

/** Half-open syntax at the end of a text that is still being written. */
export const HalfWritten: Story = {
  args: { streaming: true, text: "Open **until 18:00** at the [north pier](https://harbour.te" },
  play: async ({ canvasElement }) => {
    await expect(canvasElement).not.toHaveTextContent("](");
  },
};

export const RightToLeft: Story = {
  args: {
    text: "ترتفع المياه **مرتين في اليوم**:\n\n- مرة في الصباح\n- ومرة في المساء\n\n```sh\ntide --today\n```",
  },
};

/** Tags are text, dangerous links are no links, and no picture is fetched from elsewhere. */
export const Hostile: Story = {
  args: {
    text: `<img src=x onerror=alert(1)> <script>alert(2)</script>

[click me](javascript:alert(3)) and ![beacon](https://elsewhere.test/pixel.png)`,
  },
  play: async ({ canvasElement }) => {
    await expect(canvasElement.querySelector("img, script")).toBeNull();
    await expect(canvasElement.querySelector("a[href^='javascript']")).toBeNull();
  },
};
