import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect } from "storybook/test";

import { ToolCall } from "../src/index.ts";
import { Panel } from "./panel.tsx";

const call = {
  type: "tool-call",
  toolCallId: "call-1",
  name: "exec",
  args: { command: "ls -l ~/documents" },
} as const;

const meta = {
  title: "Parts/ToolCall",
  component: ToolCall,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
  args: {
    call: { ...call, state: "done", result: "total 2\n-rw-r--r-- 1 taxes.ods\n-rw-r--r-- 1 notes.md\n" },
  },
} satisfies Meta<typeof ToolCall>;

export default meta;
type Story = StoryObj<typeof meta>;

export const Done: Story = {};

export const Open: Story = {
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(canvas.getByText("exec"));
    await expect(await canvas.findByRole("group", { name: "Result" })).toHaveTextContent("taxes.ods");
  },
};

export const Running: Story = { args: { call: { ...call, state: "running" } } };

export const Failed: Story = {
  args: { call: { ...call, state: "error", result: "ls: cannot open directory" } },
};

export const WithoutOutput: Story = {
  args: { call: { ...call, state: "done" } },
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(canvas.getByText("exec"));
    await canvas.findByText("No output");
  },
};

/** Only the beginning of a huge result is rendered, until somebody asks for all of it. */
export const HugeResult: Story = {
  args: { call: { ...call, state: "done", result: "one line of a very long log\n".repeat(4_000) } },
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(canvas.getByText("exec"));
    const result = await canvas.findByRole("group", { name: "Result" });
    await expect(result.textContent.length).toBeLessThan(20_000);
  },
};
