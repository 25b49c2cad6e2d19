import { demoModel, say as saying, words } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { AutomnaChat, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { CONVERSATIONS, ENGLISH, MAIN } from "./conversations.ts";
import { answered, composerOf, connected, say } from "./person.ts";
import { stage, stageOf } from "./stage.ts";

const meta = {
  title: "Chat/AutomnaChat",
  component: AutomnaChat,
  tags: ["autodocs"],
  args: { sessions: true },
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

/** A conversation without messages. Write "help" to talk with the demo gateway. */
export const Empty: Story = {
  loaders: [stage({ gateway: { model: demoModel } })],
  play: async ({ canvas }) => {
    await canvas.findByText("What can I do for you?");
    await canvas.findByRole("img", { name: "Connected" });
  },
};

/** Questions and answers with a table, code, a list and a quotation. */
export const Conversation: Story = {
  loaders: [
    stage({ gateway: { model: demoModel }, before: (gateway) => gateway.seedSession(MAIN, ENGLISH) }),
  ],
  play: async (context) => {
    await connected(context);
    await context.canvas.findByRole("table");
    await expect(context.canvas.getAllByRole("article")).toHaveLength(4);
  },
};

export const OnAPhone: Story = {
  ...Conversation,
  globals: { viewport: { value: "mobile1", isRotated: false } },
  play: async (context) => {
    await connected(context);
    await context.canvas.findAllByRole("article");
    const { scrollWidth, clientWidth } = document.documentElement;
    await expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  },
};

export const AlwaysLight: Story = { ...Conversation, args: { theme: "light" } };

export const AlwaysDark: Story = { ...Conversation, args: { theme: "dark" } };

export const Arabic: Story = {
  globals: { language: "ar" },
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, CONVERSATIONS.ar) })],
  play: async (context) => {
    await connected(context);
    await context.canvas.findByRole("table");
    const log = context.canvas.getByRole("log");
    await expect(getComputedStyle(log).direction).toBe("rtl");
    await expect(getComputedStyle(context.canvas.getByRole("textbox")).direction).toBe("rtl");
    // Code is read from left to right in every language.
    const code = context.canvas.getByText(/rsync/);
    await expect(getComputedStyle(code).direction).toBe("ltr");
  },
};

export const German: Story = {
  globals: { language: "de" },
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, CONVERSATIONS.de) })],
  play: connected,
};

export const Spanish: Story = {
  globals: { language: "es" },
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, CONVERSATIONS.es) })],
  play: connected,
};

export const Chinese: Story = {
  globals: { language: "zh" },
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, CONVERSATIONS.zh) })],
  play: connected,
};

/** Colours and measures are CSS variables; these are set by a class of the host's. */
export const OwnColours: Story = {
  ...Conversation,
  args: { title: "Harbour desk", className: "story-harbour" },
};

/** Enter sends; the answer streams in below the question. */
export const SendsAndReceives: Story = {
  loaders: [stage({ gateway: { model: () => saying("Hello **you**", { size: 6, ms: 20 }) } })],
  play: async (context) => {
    await connected(context);
    await say(context, "Hi there");
    await expect((await context.canvas.findByText("you")).tagName).toBe("STRONG");
    await answered(context);
    const { gateway } = stageOf(context);
    await expect(gateway.transcript(MAIN).map(({ text }) => text)).toEqual(["Hi there", "Hello **you**"]);
    await expect(gateway.runsStarted).toHaveLength(1);
  },
};

/** Shift+Enter starts a new line, and nothing is sent before Enter. */
export const WritesSeveralLines: Story = {
  tags: ["!autodocs"],
  loaders: [stage()],
  play: async (context) => {
    await connected(context);
    const composer = composerOf(context);
    await context.userEvent.type(composer, "first{Shift>}{Enter}{/Shift}second");
    await expect(composer.value).toBe("first\nsecond");
    await expect(stageOf(context).gateway.runsStarted).toEqual([]);
    await context.userEvent.keyboard("{Enter}");
    await expect(composer.value).toBe("");
    await waitFor(() => expect(stageOf(context).gateway.transcript(MAIN)[0]?.text).toBe("first\nsecond"));
  },
};

/** Escape stops the reply that is being written. */
export const EscapeStops: Story = {
  tags: ["!autodocs"],
  loaders: [stage({ gateway: { model: () => words(2_000, 20) } })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await say(context, "Count");
    await canvas.findByText(/w1 w2/);
    await canvas.findByRole("button", { name: "Stop" });
    await userEvent.keyboard("{Escape}");
    await canvas.findByText("Stopped");
    await expect(canvas.queryByRole("button", { name: "Stop" })).toBeNull();
    await expect(stageOf(context).gateway.activeRuns()).toEqual([]);
  },
};

/** Every control is reached with Tab, in reading order, and shows that it has the focus. */
export const KeyboardOnly: Story = {
  tags: ["!autodocs"],
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, [{ user: "Hi", assistant: "Hello!" }]) })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await canvas.findByText("Hello!");
    await canvas.findByRole("combobox", { name: "Model" });
    const stops: string[] = [];
    for (let presses = 0; presses < 30; presses += 1) {
      await userEvent.tab();
      const { activeElement } = document;
      if (activeElement === null || activeElement === document.body) break;
      const outline = getComputedStyle(activeElement);
      stops.push(activeElement.getAttribute("aria-label") ?? activeElement.tagName);
      const marked = outline.outlineStyle !== "none" || activeElement.matches("textarea, select");
      await expect([stops.at(-1), marked]).toEqual([stops.at(-1), true]);
    }
    const order = [
      "Show sessions",
      "Find in conversation",
      "Conversation",
      "Copy message",
      "Message",
      "Send",
    ];
    await expect(
      stops.filter((stop, index) => order.includes(stop) && stops.indexOf(stop) === index),
    ).toEqual(order);
  },
};

/** A screen reader hears that a reply began and, once, what it says; never the words as they come. */
export const AnnouncesOnce: Story = {
  tags: ["!autodocs"],
  loaders: [stage({ gateway: { model: () => words(60, 15) } })],
  play: async (context) => {
    const { canvasElement } = context;
    await connected(context);
    const announcer = await waitFor(() => {
      const element = canvasElement.querySelector("[data-automna-announcer]");
      if (element === null) throw new Error("the chat has no announcer");
      return element;
    });
    const said: string[] = [];
    const observer = new MutationObserver(() => {
      const text = announcer.textContent;
      if (text !== "") said.push(text);
    });
    observer.observe(announcer, { subtree: true, childList: true, characterData: true });
    await say(context, "Count to sixty");
    await answered(context);
    await waitFor(() => expect(said).toHaveLength(2));
    observer.disconnect();
    await expect(said[0]).toBe("The assistant is replying.");
    await expect(said[1]).toMatch(/^The assistant replied: w1 w2 .* w60$/);
    await expect(context.canvas.getByRole("log").getAttribute("aria-live")).toBe("off");
  },
};
