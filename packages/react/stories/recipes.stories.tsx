import { demoModel } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor } from "storybook/test";

import { MAIN } from "./conversations.ts";
import { AssistantUiChat } from "./examples/assistant-ui.tsx";
import { BreakingGateway } from "./examples/breaking-gateway.tsx";
import { HeadlessChat } from "./examples/headless-composer.tsx";
import { SupportDesk } from "./examples/own-frame.tsx";
import { OwnChat } from "./examples/runtime-hook.tsx";
import { answered, connected, say } from "./person.ts";
import { stage, stageOf } from "./stage.ts";

/** The examples of the pages beside this one: what is shown there is what runs here. */
const meta = {
  title: "Guide/Examples",
  tags: ["!autodocs"],
  decorators: [(Story) => <main className="story-recipe">{Story()}</main>],
} satisfies Meta;

export default meta;
type Story = StoryObj;

export const RuntimeHook: Story = {
  loaders: [stage()],
  render: (_, { loaded }) => <OwnChat {...stageOf({ loaded }).options} />,
  play: async ({ canvas, userEvent }) => {
    await waitFor(() => expect(canvas.getByRole("status")).toHaveTextContent("ready"));
    await userEvent.click(canvas.getByRole("button", { name: "Say hello" }));
    await canvas.findByText("assistant: Echo: Hello");
  },
};

export const OwnFrame: Story = {
  loaders: [stage({ gateway: { model: demoModel } })],
  render: (_, { loaded }) => <SupportDesk runtime={stageOf({ loaded }).runtime} />,
  play: async (context) => {
    await connected(context);
    await context.canvas.findByText("Ask us anything about the harbour.");
    await say(context, "help");
    await answered(context);
    await expect(context.canvas.getByRole("region", { name: "Support desk" })).toBeVisible();
  },
};

export const HeadlessComposer: Story = {
  loaders: [stage()],
  render: (_, { loaded }) => <HeadlessChat runtime={stageOf({ loaded }).runtime} />,
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await userEvent.type(canvas.getByRole("textbox", { name: "Message" }), "Hi{Enter}");
    await waitFor(() => expect(canvas.getByRole("status")).toHaveTextContent("2 messages"));
    await expect(stageOf(context).gateway.runsStarted).toHaveLength(1);
  },
};

const TRIP = "agent:main:trip";

export const AssistantUi: Story = {
  loaders: [
    stage({
      chat: { scopes: ["operator.admin"] },
      before(gateway) {
        gateway.seedSession(MAIN, [{ user: "Hi", assistant: "Hello!" }]);
        gateway.seedSession(TRIP, [{ user: "Where to?", assistant: "Rome." }], { label: "Trip to Rome" });
      },
    }),
  ],
  render: (_, { loaded }) => <AssistantUiChat chat={stageOf({ loaded }).runtime} />,
  play: async (context) => {
    const { canvas, userEvent } = context;
    await canvas.findByText("Hello!");
    await userEvent.type(canvas.getByRole("textbox", { name: "Message" }), "Again");
    await userEvent.click(canvas.getByRole("button", { name: "Send" }));
    await canvas.findByText("Echo: Again");
    // The main session stays.
    await userEvent.click(await canvas.findByRole("button", { name: "Delete" }));
    await waitFor(() => expect(canvas.queryByRole("button", { name: "Trip to Rome" })).toBeNull());
  },
};

/** What is written while the gateway is away is stored once when it is back. */
export const TestingKit: Story = {
  loaders: [stage()],
  render: (_, { loaded }) => {
    const { gateway, runtime } = stageOf({ loaded });
    return <BreakingGateway gateway={gateway} runtime={runtime} />;
  },
  play: async (context) => {
    const { canvas, userEvent } = context;
    await connected(context);
    await userEvent.click(canvas.getByRole("button", { name: "Break the connection" }));
    await say(context, "In between");
    await canvas.findByText("Echo: In between");
    await userEvent.click(canvas.getByRole("button", { name: "Write from elsewhere" }));
    await canvas.findByText("Echo: Hello from a phone");
    await waitFor(() => expect(stageOf(context).gateway.transcript(MAIN)).toHaveLength(4));
  },
};
