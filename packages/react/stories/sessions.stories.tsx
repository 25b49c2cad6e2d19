import type { SessionSummary } from "@automna/client";
import { words, type FakeGateway } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor, within } from "storybook/test";

import { SessionList, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { ENGLISH, MAIN } from "./conversations.ts";
import { answered, connected, say } from "./person.ts";
import { stage, stageOf } from "./stage.ts";
import { StillPanel } from "./still-chat.tsx";

const TRIP = "agent:main:trip";

/** The gateway's sessions, live. */
const meta = {
  title: "Chat/Sessions",
  component: SessionList,
  tags: ["autodocs"],
  args: { sessions: true },
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

function seeded(gateway: FakeGateway): void {
  gateway.seedSession(MAIN, ENGLISH, { label: "Backups" });
  gateway.seedSession(TRIP, [{ user: "Where to in May?", assistant: "Rome, before it is hot." }], {
    label: "Trip to Rome",
  });
  const beans = { user: "When to sow beans?", assistant: "After the last frost." };
  gateway.seedSession("agent:main:garden", [beans], { label: "Garden" });
}

const sessions = stage({ gateway: { model: () => words(2_000, 50) }, before: seeded });

const open: NonNullable<Story["play"]> = async (context) => {
  await connected(context);
  await context.userEvent.click(context.canvas.getByRole("button", { name: "Show sessions" }));
  await context.canvas.findByRole("button", { name: /^Trip to Rome/ });
};

export const List: Story = {
  loaders: [sessions],
  play: async (context) => {
    await open(context);
    await expect(context.canvas.getByRole("button", { name: /^Backups/ })).toHaveAttribute(
      "aria-current",
      "true",
    );
  },
};

/** Beside a session that is being answered right now. */
export const Running: Story = {
  loaders: [sessions],
  play: async (context) => {
    await open(context);
    stageOf(context).gateway.receiveMessage(TRIP, "And where to stay?");
    await context.canvas.findByRole("button", { name: /^Trip to Rome.*Running/ });
  },
};

/** Something was said in a session that nobody looked at since. */
export const Unread: Story = {
  loaders: [stage({ gateway: { model: () => words(2, 5) }, before: seeded })],
  play: async (context) => {
    await open(context);
    stageOf(context).gateway.receiveMessage(TRIP, "And where to stay?");
    const trip = await context.canvas.findByRole("button", { name: /^Trip to Rome.*Unread/ });
    await context.userEvent.click(trip);
    await waitFor(() => expect(context.canvas.queryByRole("button", { name: /Unread/ })).toBeNull());
    await context.userEvent.click(context.canvas.getByRole("button", { name: /^Backups/ }));
    stageOf(context).gateway.receiveMessage(TRIP, "Near the river?");
    await context.canvas.findByRole("button", { name: /^Trip to Rome.*Unread/ });
  },
};

const summary = (title: string): SessionSummary => ({
  key: `agent:main:${title.toLowerCase()}`,
  title,
  preview: null,
  updatedAt: null,
  unread: false,
  running: false,
  totalTokens: null,
  model: null,
  thinkingLevel: null,
});

/** The gateway has more sessions than were loaded. */
export const GoesOn: Story = {
  render: () => (
    <StillPanel
      change={{ sessions: { status: "ready", items: ["Backups", "Garden"].map(summary), hasMore: true } }}
      // They are on their way for as long as somebody looks.
      actions={{ loadMoreSessions: () => new Promise(() => undefined) }}
    >
      <SessionList />
    </StillPanel>
  ),
  play: async ({ canvas, userEvent }) => {
    const more = await canvas.findByRole("button", { name: "Show more" });
    await userEvent.click(more);
    await expect(more).toHaveTextContent("Loading sessions…");
    await expect(more).toHaveAttribute("aria-disabled", "true");
  },
};

export const Switched: Story = {
  loaders: [sessions],
  tags: ["!autodocs"],
  play: async (context) => {
    await open(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: /^Trip to Rome/ }));
    const log = await context.canvas.findByRole("log");
    await within(log).findByText("Rome, before it is hot.");
    await expect(within(log).queryByText("Did the backup run last night?")).toBeNull();
  },
};

export const Renamed: Story = {
  loaders: [sessions],
  tags: ["!autodocs"],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await open(context);
    await userEvent.click(canvas.getByRole("button", { name: "Actions for Trip to Rome" }));
    await userEvent.click(canvas.getByRole("button", { name: "Rename" }));
    const name = canvas.getByRole("textbox", { name: "New name" });
    await userEvent.clear(name);
    await userEvent.type(name, "Rome in May{Enter}");
    await canvas.findByRole("button", { name: /^Rome in May/ });
  },
};

const administrators = stage({ chat: { scopes: ["operator.admin"] }, before: seeded });

/** Nothing is deleted before it was asked again. */
export const AsksBeforeDeleting: Story = {
  loaders: [administrators],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await open(context);
    await userEvent.click(canvas.getByRole("button", { name: "Actions for Trip to Rome" }));
    await userEvent.click(canvas.getByRole("button", { name: "Delete" }));
    const dialog = await canvas.findByRole("alertdialog", { name: "Delete this session for good?" });
    await expect(within(dialog).getByRole("button", { name: "Cancel" })).toHaveFocus();
  },
};

export const Deleted: Story = {
  loaders: [administrators],
  tags: ["!autodocs"],
  play: async (context) => {
    await AsksBeforeDeleting.play?.(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(context.canvas.queryByRole("button", { name: /^Trip to Rome/ })).toBeNull());
  },
};

export const DeletionCancelled: Story = {
  loaders: [administrators],
  tags: ["!autodocs"],
  play: async (context) => {
    await AsksBeforeDeleting.play?.(context);
    await context.userEvent.keyboard("{Escape}");
    await expect(context.canvas.getByRole("button", { name: "Actions for Trip to Rome" })).toHaveFocus();
  },
};

const show: NonNullable<Story["play"]> = async (context) => {
  await connected(context);
  await context.userEvent.click(context.canvas.getByRole("button", { name: "Show sessions" }));
};

export const LoadingList: Story = {
  loaders: [stage({ before: (gateway) => gateway.slow("sessions.list", 3_600_000) })],
  play: async (context) => {
    await show(context);
    await context.canvas.findByText("Loading sessions…");
  },
};

/** A Clawdbot gateway, which tells of no change in its list. */
export const OverVersion3: Story = {
  loaders: [stage({ gateway: { protocol: 3, model: () => words(3, 5) }, before: seeded })],
  tags: ["!autodocs"],
  play: async (context) => {
    await open(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: /^Trip to Rome/ }));
    const log = within(context.canvas.getByRole("log"));
    await log.findByText("Rome, before it is hot.");
    await say(context, "And where to stay?");
    await answered(context);
    await log.findByText("w1 w2 w3");
  },
};

/** This person may not see the gateway's sessions. */
export const ListFailed: Story = {
  loaders: [stage({ chat: { scopes: ["operator.pairing"] } })],
  play: async (context) => {
    await context.userEvent.click(await context.canvas.findByRole("button", { name: "Show sessions" }));
    await context.canvas.findByText("The sessions could not be loaded.");
  },
};

export const NewSession: Story = {
  loaders: [sessions],
  tags: ["!autodocs"],
  play: async (context) => {
    await open(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "New session" }));
    await context.canvas.findByText("What can I do for you?");
    await waitFor(() => expect(stageOf(context).runtime.store.getState().sessionKey).not.toBe(MAIN));
  },
};

export const OnAPhone: Story = {
  ...List,
  globals: { viewport: { value: "mobile1", isRotated: false } },
};
