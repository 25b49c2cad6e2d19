import type { ConnectionState } from "@automna/client";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect } from "storybook/test";

import { ConnectionBanner } from "../src/index.ts";
import { StillPanel } from "./still-chat.tsx";

type Waiting = Extract<ConnectionState, { status: "waiting" }>;

/**
 * @param connection as it is when the story is looked at
 * @param everConnected connecting is reconnecting from the second time on
 */
function banner(connection: () => ConnectionState, everConnected: boolean) {
  return () => (
    <StillPanel change={{ connection: connection(), everConnected }}>
      <ConnectionBanner />
    </StillPanel>
  );
}

const before = (connection: () => ConnectionState) => banner(connection, false);
const after = (connection: () => ConnectionState) => banner(connection, true);

const waiting = (code: Waiting["reason"]["code"], seconds: number) => (): Waiting => ({
  status: "waiting",
  attempt: 2,
  retryAt: Date.now() + seconds * 1_000,
  reason: { code },
});

/** What the chat says about a connection in each state that it can be in. While all is well it says nothing. */
const meta = {
  title: "Parts/ConnectionBanner",
  component: ConnectionBanner,
  tags: ["autodocs"],
} satisfies Meta<typeof ConnectionBanner>;

export default meta;
type Story = StoryObj<typeof meta>;

export const Connecting: Story = {
  render: before(() => ({ status: "connecting", attempt: 1 })),
  play: async ({ canvas }) => {
    await expect(await canvas.findByRole("status")).toHaveTextContent("Connecting to the gateway…");
  },
};

export const Reconnecting: Story = {
  render: after(() => ({ status: "connecting", attempt: 1 })),
  play: async ({ canvas }) => {
    await expect(await canvas.findByRole("status")).toHaveTextContent("Reconnecting to the gateway…");
  },
};

/** Each attempt is told, with the time that is left until it. */
export const Lost: Story = {
  render: after(waiting("connection-lost", 12)),
  play: async ({ canvas }) => {
    await canvas.findByText("The connection was lost. Reconnecting.");
    await canvas.findByText(/\d+ s/);
    await canvas.findByRole("button", { name: "Reconnect" });
  },
};

/** The gateway said before that it would go, and for how long. */
export const Restarting: Story = {
  render: after(waiting("gateway-restarting", 3)),
  play: async ({ canvas }) => {
    await canvas.findByText(/The gateway is restarting/);
  },
};

export const Starting: Story = {
  render: after(waiting("gateway-starting", 2)),
  play: async ({ canvas }) => {
    await canvas.findByText(/The gateway is starting/);
  },
};

/** After too many wrong tokens the gateway answers nobody for some minutes. */
export const LockedOut: Story = {
  render: before(waiting("rate-limited", 290)),
  play: async ({ canvas }) => {
    await canvas.findByText(/Too many failed sign-ins/);
  },
};

/** Where the page gets its token from did not answer. */
export const NoToken: Story = {
  render: before(waiting("provider-failed", 4)),
  play: async ({ canvas }) => {
    await canvas.findByText(/The address or the token of the gateway could not be fetched/);
  },
};

/** The gateway lets only the pages in that its operator has named. */
export const OriginRefused: Story = {
  render: before(() => ({ status: "failed", advice: { action: "stop", code: "origin-not-allowed" } })),
  play: async ({ canvas }) => {
    await canvas.findByText(/Add it to gateway\.controlUi\.allowedOrigins there/);
  },
};

/** Page and gateway do not speak the same version. */
export const VersionRefused: Story = {
  render: before(() => ({
    status: "failed",
    advice: { action: "stop", code: "protocol-mismatch", expectedProtocol: 5 },
  })),
  play: async ({ canvas }) => {
    await canvas.findByText(/The gateway wants protocol 5/);
  },
};

/** The page itself has ended the chat. */
export const Closed: Story = {
  render: after(() => ({ status: "closed" })),
  play: async ({ canvas }) => {
    await canvas.findByText("The connection is closed.");
  },
};
