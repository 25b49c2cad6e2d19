import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect, fn } from "storybook/test";

import { AttachmentTray } from "../src/index.ts";
import { Panel } from "./panel.tsx";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const meta = {
  title: "Parts/AttachmentTray",
  component: AttachmentTray,
  tags: ["autodocs"],
  decorators: [(Story) => <Panel>{Story()}</Panel>],
  args: {
    onRemove: fn(),
    attachments: [
      { mimeType: "image/png", fileName: "harbour.png", content: PIXEL, size: 70 },
      {
        mimeType: "application/pdf",
        fileName: "timetable of the ferry, summer.pdf",
        content: "",
        size: 183_000,
      },
    ],
  },
} satisfies Meta<typeof AttachmentTray>;

export default meta;
type Story = StoryObj<typeof meta>;

export const TwoFiles: Story = {
  play: async ({ canvas, userEvent, args }) => {
    await userEvent.click(canvas.getByRole("button", { name: "Remove harbour.png" }));
    await expect(args.onRemove).toHaveBeenCalledWith(0);
  },
};
