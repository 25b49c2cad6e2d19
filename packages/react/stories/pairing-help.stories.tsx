import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect } from "storybook/test";

import { PairingHelp } from "../src/index.ts";
import { Panel } from "./panel.tsx";

const meta = {
  title: "Parts/PairingHelp",
  component: PairingHelp,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
  args: { requestId: "4f0c2f" },
} satisfies Meta<typeof PairingHelp>;

export default meta;
type Story = StoryObj<typeof meta>;

export const KnownRequest: Story = {
  play: async ({ canvas }) => {
    await expect(canvas.getByText("openclaw devices approve 4f0c2f")).toBeVisible();
  },
};

export const UnknownRequest: Story = { args: { requestId: null } };
