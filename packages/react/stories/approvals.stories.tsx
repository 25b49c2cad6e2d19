import type { Approval } from "@automna/client";
import { say as saying, tool } from "@automna/testing";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, waitFor, within } from "storybook/test";

import { ApprovalCard, type ChatAppearance } from "../src/index.ts";
import { ChatWindow } from "./chat-window.tsx";
import { ENGLISH, MAIN } from "./conversations.ts";
import { answered, connected } from "./person.ts";
import { stage, stageOf } from "./stage.ts";
import { StillPanel } from "./still-chat.tsx";

const COMMAND = "rsync -a backup:/daily/documents/taxes.ods ~/documents/";

/** The agent asks before it does something that cannot be undone. */
const meta = {
  title: "Chat/Approvals",
  component: ApprovalCard,
  tags: ["autodocs"],
  render: (args, { loaded }) => <ChatWindow {...args} stage={stageOf({ loaded })} />,
} satisfies Meta;

export default meta;
type Story = StoryObj<ChatAppearance>;

const scopes = ["operator.read", "operator.write", "operator.approvals"];

const asks = stage({
  chat: { scopes },
  gateway: {
    model: () => [
      ...saying("I copy last night's file back.", { ms: 100 }),
      tool("exec", { command: COMMAND }, "taxes.ods  310 kB  100%", { ms: 20, needsApproval: true }),
      ...saying("Done. **taxes.ods** is as it was at 03:00.", { ms: 5 }),
    ],
  },
  before: (gateway) => gateway.seedSession(MAIN, ENGLISH),
  sends: ["Please do that for me."],
});

/** Exactly what is to be done, and three answers. */
export const Asks: Story = {
  loaders: [asks],
  play: async ({ canvas }) => {
    const card = await canvas.findByRole("article", { name: "The agent wants to run a command" });
    await expect(within(card).getByRole("group")).toHaveTextContent(COMMAND);
    await expect(
      within(card)
        .getAllByRole("button")
        .map(({ textContent }) => textContent),
    ).toEqual(["Allow once", "Always allow", "Deny"]);
  },
};

/** The card and the composer below it are as wide as each other. */
export const AboveTheComposer: Story = {
  loaders: [asks],
  tags: ["!autodocs"],
  render: (args, { loaded }) => (
    <div style={{ inlineSize: "40rem" }}>
      <ChatWindow {...args} stage={stageOf({ loaded })} />
    </div>
  ),
  play: async ({ canvas, canvasElement }) => {
    const card = await canvas.findByRole("button", { name: "Allow once" });
    const edges = (element: Element | null) => {
      const { left = 0, right = 0 } = element?.getBoundingClientRect() ?? {};
      return { left, right };
    };
    await expect(edges(card.closest("article"))).toEqual(
      edges(canvasElement.querySelector(".automna-composer-box")),
    );
  },
};

export const Allowed: Story = {
  loaders: [asks],
  tags: ["!autodocs"],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await userEvent.click(await canvas.findByRole("button", { name: "Allow once" }));
    await within(canvas.getByRole("log")).findByText(/is as it was at 03:00/);
    await answered(context);
    await waitFor(() => expect(canvas.queryByRole("button", { name: "Deny" })).toBeNull());
  },
};

export const Denied: Story = {
  loaders: [asks],
  tags: ["!autodocs"],
  play: async (context) => {
    const { canvas, userEvent } = context;
    await userEvent.click(await canvas.findByRole("button", { name: "Deny" }));
    await waitFor(() => expect(canvas.queryByRole("button", { name: "Deny" })).toBeNull());
    await answered(context);
    await canvas.findByText("Failed");
  },
};

/** Requests wait below each other, oldest first. */
export const Several: Story = {
  loaders: [stage({ chat: { scopes } })],
  play: async (context) => {
    await connected(context);
    const { gateway } = stageOf(context);
    gateway.requestApproval({ sessionKey: MAIN, command: "npm publish" });
    gateway.requestApproval({ sessionKey: MAIN, command: "git push --tags" });
    await waitFor(() => expect(context.canvas.getAllByRole("button", { name: "Deny" })).toHaveLength(2));
  },
};

/** A request that waits, on its own. */
const PENDING: Approval = {
  id: "ap-1",
  kind: "exec",
  sessionKey: null,
  title: COMMAND,
  command: COMMAND,
  detail: null,
  warning: null,
  cwd: null,
  host: null,
  allowedDecisions: ["allow-once", "allow-always", "deny"],
  createdAt: 0,
  expiresAt: null,
  state: "pending",
};

/** What is not a command has a title, and says what it is about. Nobody waits for an answer for ever. */
export const FromAPlugin: Story = {
  render: () => (
    <StillPanel>
      <ApprovalCard
        approval={{
          ...PENDING,
          kind: "plugin",
          title: "Send a mail to the harbour master",
          command: null,
          detail: "Subject: the north pier. It goes out from your own address.",
          expiresAt: Date.now() + 30 * 60_000,
        }}
      />
    </StillPanel>
  ),
  play: async ({ canvas }) => {
    const card = await canvas.findByRole("article", { name: "The agent asks for your approval" });
    await within(card).findByText("Send a mail to the harbour master");
    await within(card).findByText(/It goes out from your own address/);
    await within(card).findByText(/\d+ min/);
    await expect(within(card).queryByRole("group")).toBeNull();
  },
};

/** What the gateway warns of, where it is to run, and no answer that it would not take. A sign that nobody sees has a name. */
export const Warns: Story = {
  render: () => (
    <StillPanel>
      <ApprovalCard
        approval={{
          ...PENDING,
          command: "ls ~/documents \u202e# sdliub fr- mr",
          title: "ls ~/documents \u202e# sdliub fr- mr",
          warning: "This command is not on the allowlist, and contains a sign that changes its direction.",
          cwd: "/workspace/site",
          host: "gateway",
          allowedDecisions: ["allow-once", "deny"],
        }}
      />
    </StillPanel>
  ),
  play: async ({ canvas }) => {
    await expect(await canvas.findByText("/workspace/site")).toBeVisible();
    await expect(canvas.getByText("gateway")).toBeVisible();
    await canvas.findByText(/is not on the allowlist/);
    await expect(canvas.getByRole("group")).toHaveTextContent("ls ~/documents ⟦U+202E⟧# sdliub fr- mr");
    await expect(canvas.getAllByRole("button").map(({ textContent }) => textContent)).toEqual([
      "Allow once",
      "Deny",
    ]);
  },
};

/** The answer is on its way to the gateway: no other is taken. */
export const OnItsWay: Story = {
  render: () => (
    <StillPanel>
      <ApprovalCard approval={{ ...PENDING, state: "resolving" }} />
    </StillPanel>
  ),
  play: async ({ canvas }) => {
    await expect(canvas.getByRole("article")).toHaveAttribute("aria-busy", "true");
    for (const button of canvas.getAllByRole("button"))
      await expect(button).toHaveAttribute("aria-disabled", "true");
  },
};

/** Who is signed in may see the request, but not answer it. */
export const MayNotAnswer: Story = {
  render: () => (
    <StillPanel change={{ capabilities: null }}>
      <ApprovalCard approval={PENDING} />
    </StillPanel>
  ),
  play: async ({ canvas }) => {
    await canvas.findByText(/lacks the scope operator\.approvals/);
  },
};
