import { words } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { MarkdownConfigProvider, Thread, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { manyTurns, MAIN } from "./conversations.ts";
import { answered, connected, say } from "./person.ts";
import { stage, stageOf } from "./stage.ts";

/** The messages: loading them, long threads, and finding one's way in them. */
const meta = {
  title: "Chat/Thread",
  component: Thread,
  tags: ["autodocs"],
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

function Breaks(): never {
  throw new Error("This component of the story always fails.");
}

export const Loading: Story = {
  loaders: [stage({ before: (gateway) => gateway.slow("chat.history", 3_600_000) })],
  play: async ({ canvas }) => {
    await canvas.findByText("Loading the conversation…");
  },
};

/** This person may pair devices, but not read conversations. */
export const LoadFailed: Story = {
  loaders: [stage({ chat: { scopes: ["operator.pairing"] } })],
  play: async ({ canvas, userEvent }) => {
    await canvas.findByText("The conversation could not be loaded.");
    await userEvent.click(canvas.getByRole("button", { name: "Try again" }));
    await canvas.findByText("The conversation could not be loaded.");
  },
};

/** Earlier messages are fetched when they are asked for, above the ones that are there. */
export const EarlierMessages: Story = {
  loaders: [
    stage({
      chat: { historyPageSize: 20 },
      before: (gateway) => gateway.seedSession(MAIN, manyTurns(30, Date.now())),
    }),
  ],
  play: async (context) => {
    await connected(context);
    const { store, actions } = stageOf(context).runtime;
    await context.canvas.findByText(/Question 30:/);
    const shown = () => store.getState().transcript.order.length;
    await expect(shown()).toBeLessThan(60);
    while (shown() < 60) await actions.loadOlder();
    await expect(store.getState().history).toMatchObject({ hasOlder: false });
    // The reader is still where they were.
    await context.canvas.findByText(/Question 30:/);
  },
};

/** 5,000 messages, of which only those in view are in the document. */
export const FiveThousandMessages: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      chat: { historyPageSize: 1_000 },
      before: (gateway) => gateway.seedSession(MAIN, manyTurns(2_500, Date.now())),
    }),
  ],
  play: async (context) => {
    await connected(context);
    const { store, actions } = stageOf(context).runtime;
    const shown = () => store.getState().transcript.order.length;
    while (shown() < 5_000) await actions.loadOlder();
    const log = context.canvas.getByRole("log");
    await context.canvas.findByText(/Question 2500:/);
    await waitFor(() => expect(context.canvas.getAllByRole("article").length).toBeLessThan(60));
    await waitFor(async () => {
      log.scrollTop = 0;
      await expect(context.canvas.getByText(/Question 1:/)).toBeVisible();
    });
    await context.userEvent.click(
      await context.canvas.findByRole("button", { name: "Jump to the latest message" }),
    );
    await context.canvas.findByText(/Question 2500:/);
  },
};

/** Who reads further up is not pulled away by news; a button counts them and leads back. */
export const NewsWhileReading: Story = {
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, manyTurns(40, Date.now())) })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await canvas.findByText(/Question 40:/);
    const log = canvas.getByRole("log");
    log.focus();
    log.scrollTop = 600;
    await canvas.findByRole("button", { name: "Jump to the latest message" });
    const { gateway } = stageOf(context);
    gateway.receiveMessage(MAIN, "A message from another channel");
    await answered(context);
    await userEvent.click(await canvas.findByRole("button", { name: /new message/ }));
    await canvas.findByText("Echo: A message from another channel");
    await waitFor(() => expect(canvas.queryByRole("button", { name: /new message/ })).toBeNull());
  },
};

/** The newest text stays in view while it is written. */
export const FollowsTheStream: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      gateway: { model: () => words(200, 3) },
      before: (gateway) => gateway.seedSession(MAIN, manyTurns(10, Date.now())),
    }),
  ],
  play: async (context) => {
    await connected(context);
    await say(context, "Count");
    await answered(context);
    await context.canvas.findByText(/^w1 .* w200$/);
    const log = context.canvas.getByRole("log");
    await waitFor(() => expect(log.scrollHeight - log.clientHeight - log.scrollTop).toBeLessThan(40));
  },
};

/** Finds text in all loaded messages; the browser's own search sees only the rows in view. */
export const Find: Story = {
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, manyTurns(100, Date.now())) })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await userEvent.click(canvas.getByRole("button", { name: "Find in conversation" }));
    const field = await canvas.findByRole("searchbox", { name: "Find" });
    await expect(field).toHaveFocus();
    await userEvent.type(field, "question 7:");
    await canvas.findByText("1 of 1");
    await canvas.findByText(/Question 7:/);
  },
};

/** What is not among the loaded messages is looked for in earlier pages, on demand. */
export const FindEarlier: Story = {
  loaders: [
    stage({
      chat: { historyPageSize: 20 },
      before: (gateway) => gateway.seedSession(MAIN, manyTurns(60, Date.now())),
    }),
  ],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await userEvent.click(canvas.getByRole("button", { name: "Find in conversation" }));
    await userEvent.type(await canvas.findByRole("searchbox", { name: "Find" }), "question 7:");
    await canvas.findByText("No matches");
    await userEvent.click(canvas.getByRole("button", { name: "Search earlier messages" }));
    await canvas.findByText("1 of 1");
    await canvas.findByText(/Question 7:/);
  },
};

/** A message that cannot be rendered takes no other with it. */
export const BrokenMessage: Story = {
  loaders: [
    stage({
      before: (gateway) =>
        gateway.seedSession(MAIN, [
          { user: "What is wrong?", assistant: "# A heading that breaks\n\nThis." },
          { user: "And now?", assistant: "All is well." },
        ]),
    }),
  ],
  render: (args, { loaded }) => (
    <MarkdownConfigProvider value={{ components: { h1: Breaks } }}>
      <ChatWindow {...args} stage={stageOf({ loaded })} />
    </MarkdownConfigProvider>
  ),
  play: async ({ canvas }) => {
    await canvas.findByText("This cannot be shown.");
    await canvas.findByText("All is well.");
  },
};

/** An action that failed, and was not about one message. */
export const ActionFailed: Story = {
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, manyTurns(1, Date.now())) })],
  play: async (context) => {
    await connected(context);
    const { actions } = stageOf(context).runtime;
    await actions.deleteSession(MAIN).catch(() => undefined);
    await context.userEvent.click(await context.canvas.findByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(context.canvas.queryByRole("button", { name: "Dismiss" })).toBeNull());
  },
};

/** The gateway has forgotten what was said. */
export const Reset: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      chat: { scopes: ["operator.admin"] },
      before: (gateway) => gateway.seedSession(MAIN, manyTurns(2, Date.now())),
    }),
  ],
  play: async (context) => {
    await connected(context);
    await context.canvas.findByText(/Question 2:/);
    await stageOf(context).runtime.actions.resetSession();
    await waitFor(() => expect(context.canvas.queryByText(/Question 2:/)).toBeNull());
  },
};
