import { selectMessages } from "@automna/client";
import { say as saying, think, tool, words, type Model } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor, within } from "storybook/test";

import { MessageView, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { longText, MAIN } from "./conversations.ts";
import { answered, connected } from "./person.ts";
import { stage, stageOf } from "./stage.ts";

/** What an agent does in one turn: it thinks, calls tools, writes, is stopped or fails. */
const meta = {
  title: "Chat/Replies",
  component: MessageView,
  tags: ["autodocs"],
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

const replies = (model: Model, question = "Is the harbour open today?") => [
  stage({ gateway: { model }, sends: [question] }),
];

/** Nothing is written yet. */
export const Thinking: Story = {
  loaders: replies(() => [{ do: "hang" }]),
  play: async ({ canvas }) => {
    await canvas.findByText("Thinking…");
    await canvas.findByRole("button", { name: "Stop" });
  },
};

/** Half of a list, of a link and of a code block: what is not finished does not flicker. */
export const Streaming: Story = {
  loaders: replies(() => [
    ...saying("Yes, **until 18:00**:\n\n- the north pier\n- the ferry\n\n```sh\ncurl harbour.te", {
      size: 20,
      ms: 10,
    }),
    { do: "hang" },
  ]),
  play: async ({ canvas }) => {
    await canvas.findByText(/curl harbour/);
    await canvas.findByRole("button", { name: "Stop" });
  },
};

/** What was written before the person stopped it stays. */
export const Stopped: Story = {
  loaders: replies(() => words(2_000, 20)),
  play: async ({ canvas, userEvent }) => {
    await canvas.findByText(/w1 w2/);
    await userEvent.click(await canvas.findByRole("button", { name: "Stop" }));
    await canvas.findByText("Stopped");
    await canvas.findByText(/w1 w2/);
  },
};

/** The model's provider refused. */
export const Failed: Story = {
  loaders: replies(() => [
    { do: "fail", status: 400, message: "The request has no model that can answer it." },
  ]),
  play: async ({ canvas }) => {
    await canvas.findByText("The reply failed");
  },
};

/** Thoughts are folded until somebody wants to read them. */
export const Reasoning: Story = {
  loaders: replies(() => [
    ...think(["The person wants to know about today. ", "It is Sunday, so the ferry is not running."], {
      ms: 10,
    }),
    ...saying("The harbour is open, but **no ferry** runs on Sundays.", { ms: 5 }),
  ]),
  play: async (context) => {
    const { canvas, userEvent } = context;
    await canvas.findByText("no ferry");
    await answered(context);
    await userEvent.click(await canvas.findByText("Thoughts"));
    await canvas.findByText(/It is Sunday/);
  },
};

export const ToolRunning: Story = {
  loaders: replies(() => [
    ...saying("Let me look at the harbour's page.", { ms: 5 }),
    tool("web_fetch", { url: "https://harbour.test/today" }, "", { ms: 3_600_000 }),
  ]),
  play: async ({ canvas }) => {
    await canvas.findByText("web_fetch");
    await canvas.findByText("Running");
    // A word that pulses is too faint to read half of the time.
    const pulsing = document
      .getAnimations()
      .map(({ effect }) => effect)
      .filter((effect) => effect?.getTiming().iterations === Infinity);
    const labels = pulsing.map((effect) => effect instanceof KeyframeEffect && effect.target?.textContent);
    await expect(labels.filter(Boolean)).toEqual([]);
  },
};

export const ToolDone: Story = {
  loaders: replies(() => [
    tool("exec", { command: "curl -s harbour.test/today" }, "open 08:00-18:00\nferry: no\npier: north\n", {
      ms: 20,
    }),
    ...saying("Open **until 18:00**. The ferry is not running.", { ms: 5 }),
  ]),
  play: async (context) => {
    const { canvas, userEvent } = context;
    await canvas.findByText("until 18:00");
    await answered(context);
    await userEvent.click(await canvas.findByText("exec"));
    await expect(await canvas.findByRole("group", { name: "Result" })).toHaveTextContent("open 08:00-18:00");
  },
};

export const ToolFailed: Story = {
  loaders: replies(() => [
    tool("exec", { command: "curl -s harbour.test/today" }, "curl: (6) Could not resolve host", {
      ms: 20,
      isError: true,
    }),
    ...saying("I cannot reach the harbour's page.", { ms: 5 }),
  ]),
  play: async (context) => {
    await context.canvas.findByText("I cannot reach the harbour's page.");
    await answered(context);
    await context.canvas.findByText("Failed");
  },
};

/** Forty calls in one turn. */
export const ToolStorm: Story = {
  tags: ["!autodocs"],
  loaders: replies(() => [
    ...Array.from({ length: 40 }, (_, index) =>
      tool("read", { path: `logs/harbour-${index + 1}.txt` }, `line ${index + 1}`, { ms: 5 }),
    ),
    ...saying("I have read all forty logs.", { ms: 5 }),
  ]),
  play: async (context) => {
    await answered(context);
    await context.canvas.findByText("I have read all forty logs.");
    const { store } = stageOf(context).runtime;
    const calls = () =>
      selectMessages(store.getState()).flatMap(({ parts }) =>
        parts.filter((part) => part.type === "tool-call" && part.state === "done"),
      );
    await waitFor(() => expect(calls()).toHaveLength(40));
  },
};

/** A reply of about 20,000 tokens, in some hundred pieces. */
export const TwentyThousandTokens: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      gateway: {
        timing: { deltaMs: 10 },
        model: () => [...saying(longText(20_000), { size: 400, ms: 6 }), ...saying("\n\nThat is **all**.")],
      },
      sends: ["Tell me everything about the tides."],
    }),
  ],
  play: async (context) => {
    await answered(context);
    await context.canvas.findByText("all", { selector: "strong" });
    const log = context.canvas.getByRole("log");
    await waitFor(() => expect(log.scrollHeight - log.clientHeight - log.scrollTop).toBeLessThan(40));
    await expect(stageOf(context).runtime.store.getState().transcript.order).toHaveLength(2);
  },
};

/** Another answer to the last question. */
export const AskedAgain: Story = {
  tags: ["!autodocs"],
  loaders: replies(({ callNumber }) => saying(`Answer number ${callNumber}.`, { ms: 5 })),
  play: async (context) => {
    await context.canvas.findByText("Answer number 1.");
    await answered(context);
    await context.userEvent.click(await context.canvas.findByRole("button", { name: "Ask again" }));
    await context.canvas.findByText("Answer number 2.");
  },
};

/** An earlier question, changed and asked anew. */
export const Edited: Story = {
  loaders: replies(({ message }) => saying(`You asked: ${message}`, { ms: 5 }), "Is it opne?"),
  play: async (context) => {
    const { canvas, userEvent } = context;
    await canvas.findByText("You asked: Is it opne?");
    await answered(context);
    await userEvent.click(await canvas.findByRole("button", { name: "Edit and send again" }));
    const [editor] = canvas.getAllByRole<HTMLTextAreaElement>("textbox");
    if (editor === undefined) throw new Error("no editor was opened");
    await expect(editor).toHaveValue("Is it opne?");
    await userEvent.clear(editor);
    await userEvent.type(editor, "Is it open?");
  },
};

/** A note that another program put into the conversation, and a message from another channel. */
export const FromElsewhere: Story = {
  loaders: [stage()],
  play: async (context) => {
    await connected(context);
    const { gateway } = stageOf(context);
    gateway.injectNote(MAIN, "The nightly report is in your mailbox.", "report");
    gateway.receiveMessage(MAIN, "Is the ferry running?");
    await context.canvas.findByText("Is the ferry running?");
    await context.canvas.findByText("Echo: Is the ferry running?");
    const rows = context.canvas.getAllByRole("article");
    await expect(within(rows[0]!).getByText(/nightly report/)).toBeVisible();
  },
};
