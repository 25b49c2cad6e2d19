import { demoModel } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, fireEvent, waitFor } from "storybook/test";

import { Composer, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { MAIN } from "./conversations.ts";
import { composerOf, connected } from "./person.ts";
import { picture } from "./picture.ts";
import { stage, stageOf } from "./stage.ts";

/** Where a message is written. */
const meta = {
  title: "Chat/Composer",
  component: Composer,
  tags: ["autodocs"],
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

const paste = (target: Element, files: readonly File[]) => {
  const clipboardData = new DataTransfer();
  for (const file of files) clipboardData.items.add(file);
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
};

/** A picture and a document wait to be sent with the text. */
export const WithFiles: Story = {
  loaders: [stage({ gateway: { model: demoModel } })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    paste(composerOf(context), [
      await picture("harbour.png"),
      new File(["open 08:00-18:00\n"], "hours.txt", { type: "text/plain" }),
    ]);
    await canvas.findByText("harbour.png");
    await canvas.findByText("hours.txt");
    await userEvent.type(composerOf(context), "What do you see?");
  },
};

export const FilesSent: Story = {
  ...WithFiles,
  tags: ["!autodocs"],
  play: async (context) => {
    await WithFiles.play?.(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "Remove hours.txt" }));
    const send = context.canvas.getByRole("button", { name: "Send" });
    await waitFor(() => expect(send).toHaveAttribute("aria-disabled", "false"));
    await context.userEvent.click(send);
    await context.canvas.findByText(/1 attachment/);
    const { gateway } = stageOf(context);
    await waitFor(() => expect(gateway.transcript(MAIN)[0]?.text).toContain("What do you see?"));
  },
};

/** A file is held above the chat and would be attached where it is let go. */
export const FilesAbove: Story = {
  loaders: [stage()],
  play: async (context) => {
    await connected(context);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(await picture("harbour.png"));
    const held = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
    composerOf(context).dispatchEvent(held);
    await context.canvas.findByText("Drop files to attach them");
  },
};

/** What the gateway would refuse is refused before it is uploaded, with the reason. */
export const FileRefused: Story = {
  loaders: [stage({ gateway: { protocol: 3 } })],
  play: async (context) => {
    await connected(context);
    paste(composerOf(context), [new File(["a,b\n"], "table.csv", { type: "text/csv" })]);
    await context.canvas.findByText(/only accepts pictures, so “table.csv” cannot be sent/);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(context.canvas.queryByText(/table.csv/)).toBeNull());
    paste(composerOf(context), [new File(["a,b\n"], "table.csv", { type: "text/csv" })]);
    await context.canvas.findByText(/table.csv/);
  },
};

/** The gateway's commands, offered after a slash. */
export const SlashCommands: Story = {
  loaders: [stage()],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await userEvent.type(composerOf(context), "/");
    const options = await canvas.findAllByRole("option", { name: /^\/?[a-z]/ });
    await expect(options.length).toBeGreaterThan(3);
    await userEvent.keyboard("{ArrowDown}");
    const composer = composerOf(context);
    await expect(composer.getAttribute("aria-activedescendant")).toMatch(/-1$/);
  },
};

/** Which model answers and how long it thinks is kept by the gateway, for this session. */
export const ModelAndThinking: Story = {
  loaders: [stage()],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    const model = await canvas.findByRole<HTMLSelectElement>("combobox", { name: "Model" });
    const second = model.options[2];
    if (second === undefined) throw new Error("the gateway offers one model only");
    await userEvent.selectOptions(model, second.value);
    await waitFor(() => expect(model.value).toBe(second.value));
  },
};

/** The pickers stand side by side where there is room for both. */
export const PickersTogether: Story = {
  loaders: [stage()],
  tags: ["!autodocs"],
  render: (args, { loaded }) => (
    <div style={{ inlineSize: "40rem" }}>
      <ChatWindow {...args} stage={stageOf({ loaded })} />
    </div>
  ),
  play: async ({ canvas }) => {
    const model = await canvas.findByRole("combobox", { name: "Model" });
    const thinking = canvas.getByRole("combobox", { name: "Thinking" });
    const gap = thinking.getBoundingClientRect().left - model.getBoundingClientRect().right;
    await expect(gap).toBeGreaterThanOrEqual(0);
    await expect(gap).toBeLessThan(8);
  },
};

/** Nobody may send for a person who is still choosing a character. */
export const InputMethod: Story = {
  tags: ["!autodocs"],
  loaders: [stage()],
  play: async (context) => {
    await connected(context);
    const composer = composerOf(context);
    await fireEvent.change(composer, { target: { value: "にほん" } });
    await fireEvent.keyDown(composer, { key: "Enter", isComposing: true });
    await expect(composer).toHaveValue("にほん");
    await expect(stageOf(context).gateway.runsStarted).toEqual([]);
  },
};
