import { demoModel, say } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { AutomnaChat } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { stage, stageOf } from "./stage.ts";

const meta = {
  title: "Chat/AutomnaChat",
  component: AutomnaChat,
  tags: ["autodocs"],
  render: (_, { loaded }) => <ChatWindow stage={stageOf({ loaded })} sessions />,
} satisfies Meta<typeof AutomnaChat>;

export default meta;
type Story = Omit<StoryObj<typeof meta>, "args">;

const MAIN = "agent:main:main";

/** A conversation without messages. Send "help" to talk with the demo gateway. */
export const Empty: Story = {
  loaders: [stage({ gateway: { model: demoModel } })],
  play: async ({ canvas }) => {
    await canvas.findByText("What can I do for you?");
    await canvas.findByRole("img", { name: "Connected" });
  },
};

export const SendsAndReceives: Story = {
  loaders: [stage({ gateway: { model: () => say("Hello **you**", { size: 6, ms: 20 }) } })],
  play: async ({ canvas, userEvent, loaded }) => {
    await canvas.findByRole("img", { name: "Connected" });
    await userEvent.type(canvas.getByRole("textbox", { name: "Message" }), "Hi there{Enter}");
    await expect((await canvas.findByText("you")).tagName).toBe("STRONG");
    await waitFor(() => expect(stageOf({ loaded }).gateway.transcript(MAIN)).toHaveLength(2));
  },
};
