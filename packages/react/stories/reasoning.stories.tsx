import type { Meta, StoryObj } from "@storybook/react-vite";

import { Reasoning } from "../src/index.ts";
import { Panel } from "./panel.tsx";

const meta = {
  title: "Parts/Reasoning",
  component: Reasoning,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
  args: { text: "The person asks about Sunday.\nFerries do not run on Sundays.", active: false },
} satisfies Meta<typeof Reasoning>;

export default meta;
type Story = StoryObj<typeof meta>;

export const Closed: Story = {};

export const Active: Story = { args: { active: true } };

export const Open: Story = {
  args: { defaultOpen: true },
  play: async ({ canvas }) => {
    await canvas.findByText(/Ferries do not run/);
  },
};
