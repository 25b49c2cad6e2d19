import { defaultEnvironment, type Environment } from "@automna/client";
import { say as saying, words } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor, within } from "storybook/test";

import { ConnectionBanner, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { ENGLISH, MAIN } from "./conversations.ts";
import { answered, composerOf, connected, say } from "./person.ts";
import { stage, stageOf } from "./stage.ts";

/** The client's patience, a tenth of what it is. */
const hurried: Environment = {
  ...defaultEnvironment,
  after: (ms, task) => defaultEnvironment.after(ms / 10, task),
};

const NEVER_MS = 3_600_000;

/** Everything that can happen between the page and the gateway. */
const meta = {
  title: "Chat/Connection",
  component: ConnectionBanner,
  tags: ["autodocs"],
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

/** The gateway has not answered yet. */
export const Connecting: Story = {
  loaders: [stage({ socket: { latencyMs: NEVER_MS } })],
  play: async ({ canvas }) => {
    await canvas.findByRole("img", { name: "Connecting to the gateway…" });
  },
};

/** The socket is open, the gateway looks at the token. */
export const SigningIn: Story = {
  loaders: [stage({ before: (gateway) => gateway.slow("connect", NEVER_MS) })],
  play: async ({ canvas }) => {
    await canvas.findByRole("img", { name: "Signing in to the gateway…" });
  },
};

/** The gateway wants a person to approve this browser; as soon as it is approved, the chat goes on. */
export const WaitsForPairing: Story = {
  loaders: [stage({ gateway: { pairing: "ask" } })],
  play: async ({ canvas }) => {
    await canvas.findByText("This device waits for approval");
    await canvas.findByText(/^openclaw devices approve /);
    await canvas.findByRole("button", { name: "Check now" });
  },
};

export const Paired: Story = {
  ...WaitsForPairing,
  tags: ["!autodocs"],
  play: async (context) => {
    const check = await context.canvas.findByRole("button", { name: "Check now" });
    stageOf(context).gateway.pairing.approve();
    await context.userEvent.click(check);
    await connected(context);
    await expect(context.canvas.queryByText("This device waits for approval")).toBeNull();
  },
};

/** The token is wrong. Nothing is tried again by itself, because a gateway locks out who repeats a wrong token. */
export const WrongToken: Story = {
  loaders: [stage({ chat: { authToken: "an-old-token" } })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await canvas.findByText(/does not accept this token/);
    const { gateway } = stageOf(context);
    const before = gateway.connections;
    await userEvent.click(canvas.getByRole("button", { name: "Reconnect" }));
    await waitFor(() => expect(gateway.connections).toBe(before + 1));
    await canvas.findByText(/does not accept this token/);
  },
};

/** Away from the beginning: the chat tries again by itself, and at once when it is asked to. */
export const GatewayAway: Story = {
  loaders: [stage({ before: (gateway) => gateway.kill() })],
  play: async (context) => {
    const { canvas, userEvent } = context;
    const reconnect = await canvas.findByRole("button", { name: "Reconnect" });
    stageOf(context).gateway.start();
    await userEvent.click(reconnect);
    await connected(context);
  },
};

/** Messages that are written while the gateway is away wait in order. */
export const OfflineWithOutbox: Story = {
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, ENGLISH) })],
  play: async (context) => {
    const { canvas } = context;
    await connected(context);
    stageOf(context).gateway.kill();
    await canvas.findByRole("button", { name: "Reconnect" });
    await say(context, "Restore it to the desktop instead.");
    await say(context, "And send me a list of what changed.");
    await expect(await canvas.findAllByText("Waiting for the gateway")).toHaveLength(2);
  },
};

/** So many wait that one more is refused: it stays in the composer. */
export const OutboxFull: Story = {
  loaders: [stage({ before: (gateway) => gateway.seedSession(MAIN, ENGLISH) })],
  play: async (context) => {
    await connected(context);
    const { gateway, runtime } = stageOf(context);
    gateway.kill();
    await context.canvas.findByRole("button", { name: "Reconnect" });
    for (let number = 1; number <= 100; number += 1) runtime.actions.send(`Message ${number}`);
    await say(context, "One more.");
    await context.canvas.findByText(/Too many messages wait/);
    await expect(composerOf(context).value).toBe("One more.");
  },
};

/** When the gateway is back, what waited is sent once and in order. */
export const BackWithOutbox: Story = {
  ...OfflineWithOutbox,
  tags: ["!autodocs"],
  play: async (context) => {
    const { gateway } = stageOf(context);
    await OfflineWithOutbox.play?.(context);
    gateway.start();
    const again = context.canvas.queryByRole("button", { name: "Reconnect" });
    if (again) await context.userEvent.click(again);
    await connected(context);
    const sent = () =>
      gateway
        .transcript(MAIN)
        .filter(({ role }) => role === "user")
        .map(({ text }) => text)
        .slice(2);
    await waitFor(() =>
      expect(sent()).toEqual(["Restore it to the desktop instead.", "And send me a list of what changed."]),
    );
    await waitFor(() => expect(context.canvas.queryByText("Waiting for the gateway")).toBeNull());
  },
};

/** The line broke on every attempt before the gateway said whether it has the message. Now the person decides. */
export const DeliveryUnconfirmed: Story = {
  loaders: [
    stage({
      chat: { environment: hurried },
      before: (gateway) =>
        gateway.inject({
          type: "drop",
          at: "before",
          times: 6,
          match: { direction: "in", method: "chat.send" },
        }),
    }),
  ],
  play: async (context) => {
    await connected(context);
    await say(context, "Order the spare part.");
    await context.canvas.findByText("Delivery unconfirmed");
    await context.canvas.findByText(/could run it twice/);
  },
};

export const UnconfirmedSentAgain: Story = {
  ...DeliveryUnconfirmed,
  tags: ["!autodocs"],
  play: async (context) => {
    await DeliveryUnconfirmed.play?.(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "Send again" }));
    await context.canvas.findByText("Echo: Order the spare part.");
    await answered(context);
    await waitFor(() => expect(context.canvas.queryByText("Delivery unconfirmed")).toBeNull());
  },
};

export const UnconfirmedDiscarded: Story = {
  ...DeliveryUnconfirmed,
  tags: ["!autodocs"],
  play: async (context) => {
    await DeliveryUnconfirmed.play?.(context);
    await context.userEvent.click(context.canvas.getByRole("button", { name: "Discard" }));
    await waitFor(() => expect(context.canvas.queryByText("Delivery unconfirmed")).toBeNull());
    await expect(stageOf(context).gateway.transcript(MAIN)).toEqual([]);
  },
};

/** This person may read, but not write. */
export const SendRefused: Story = {
  loaders: [stage({ chat: { scopes: ["operator.read"] } })],
  play: async (context) => {
    await connected(context);
    await say(context, "May I?");
    await context.canvas.findByText("Not sent");
    await context.canvas.findByRole("button", { name: "Discard" });
  },
};

/** Part of a streaming reply was lost on the way. The chat notices and reads the conversation again. */
export const GapHealed: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      gateway: { model: () => words(40, 20), timing: { deltaMs: 30 } },
      before: (gateway) =>
        gateway.inject({ type: "skip", nth: 4, times: 3, match: { event: "chat", state: "delta" } }),
    }),
  ],
  play: async (context) => {
    await connected(context);
    await say(context, "Count to forty");
    const whole = Array.from({ length: 40 }, (_, index) => `w${index + 1}`).join(" ");
    await context.canvas.findByText(whole);
    await answered(context);
    await expect(context.canvas.getAllByRole("article")).toHaveLength(2);
  },
};

/** The line breaks in the middle of a reply; the chat comes back and shows all of it, once. */
export const DroppedMidReply: Story = {
  tags: ["!autodocs"],
  loaders: [
    stage({
      gateway: { model: () => saying("One two three four five six seven eight.", { size: 5, ms: 60 }) },
      before: (gateway) => gateway.inject({ type: "drop", nth: 2, match: { event: "chat", state: "delta" } }),
    }),
  ],
  play: async (context) => {
    await connected(context);
    await say(context, "Count to eight");
    await context.canvas.findByText("One two three four five six seven eight.");
    await connected(context);
    await answered(context);
    const log = within(context.canvas.getByRole("log"));
    await expect(log.getAllByText(/One two three/)).toHaveLength(1);
    await expect(stageOf(context).gateway.runsStarted).toHaveLength(1);
  },
};
