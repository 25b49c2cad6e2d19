import type { Message } from "@automna/client";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect } from "storybook/test";

import { MessageView } from "../src/index.ts";
import { CONNECTED } from "../test/connected.ts";
import { StillPanel } from "./still-chat.tsx";

const AT = Date.UTC(2026, 0, 5, 12);

const mine: Message = {
  id: "mine",
  role: "user",
  status: "complete",
  parts: [{ type: "text", text: "Is the harbour open today?" }],
  createdAt: AT,
  stored: true,
  sendId: "mine",
};
const reply: Message = {
  id: "reply",
  role: "assistant",
  status: "complete",
  parts: [{ type: "text", text: "Yes, **until 18:00**. The ferry is not running." }],
  createdAt: AT,
  stored: true,
  model: "fake-1",
  usage: { input: 1_240, output: 86, total: 1_326, cost: 0.0042 },
};
const boundary = (kind: "compaction" | "reset" | "notice", text = ""): Message => ({
  ...reply,
  id: kind,
  role: "system",
  parts: [{ type: "boundary", kind, text }],
});

/** One message in each state that it can be in. */
const meta = {
  title: "Parts/MessageView",
  component: MessageView,
  tags: ["autodocs"],
  decorators: [(Story) => <StillPanel>{Story()}</StillPanel>],
  args: { message: reply },
} satisfies Meta<typeof MessageView>;

export default meta;
type Story = StoryObj<typeof meta>;

export const Reply: Story = {
  play: async ({ canvas }) => {
    await canvas.findByText(/1.2K tokens in, 86 out/);
    await canvas.findByRole("button", { name: "Copy message" });
  },
};

/** Nothing has been written yet. */
export const ReplyBegins: Story = { args: { message: { ...reply, status: "streaming", parts: [] } } };

export const ReplyStopped: Story = {
  args: { message: { ...reply, status: "aborted" } },
  play: async ({ canvas }) => {
    await canvas.findByText("Stopped");
  },
};

export const ReplyFailed: Story = {
  args: { message: { ...reply, status: "error", parts: [], error: { kind: "rate_limit", message: "" } } },
  play: async ({ canvas }) => {
    await canvas.findByText(/limit is reached/);
  },
};

/** The gateway went away in the middle of it. */
export const ReplyInterrupted: Story = {
  args: { message: { ...reply, status: "error", error: { kind: "interrupted", message: "" } } },
  play: async ({ canvas }) => {
    await canvas.findByText("The gateway restarted in the middle of this reply.");
  },
};

/** The gateway sent only the beginning; the rest is fetched on demand. */
export const ReplyShortened: Story = {
  args: { message: { ...reply, truncated: true } },
  play: async ({ canvas }) => {
    await canvas.findByRole("button", { name: "Show the whole message" });
  },
};

export const Own: Story = {
  args: { message: mine },
  play: async ({ canvas }) => {
    await canvas.findByRole("button", { name: "Edit and send again" });
  },
};

export const OwnQueued: Story = { args: { message: { ...mine, status: "queued", stored: false } } };

export const OwnSending: Story = { args: { message: { ...mine, status: "sending", stored: false } } };

export const OwnSent: Story = { args: { message: { ...mine, status: "sent", stored: false } } };

export const OwnUnconfirmed: Story = {
  args: { message: { ...mine, status: "unconfirmed", stored: false } },
  play: async ({ canvas }) => {
    await canvas.findByRole("button", { name: "Send again" });
    await canvas.findByRole("button", { name: "Discard" });
  },
};

export const OwnRefused: Story = {
  args: {
    message: {
      ...mine,
      status: "failed",
      stored: false,
      error: { kind: "rejected", message: "Not allowed here." },
    },
  },
};

/** The gateway has it, and died before it could answer. */
export const OwnWithoutAnswer: Story = {
  args: { message: { ...mine, status: "error", error: { kind: "interrupted", message: "" } } },
  play: async ({ canvas }) => {
    await canvas.findByRole("button", { name: "Send again" });
    await expect(canvas.queryByRole("button", { name: "Discard" })).toBeNull();
  },
};

/** Earlier messages were summarised so that the conversation fits into the model. */
export const Compacted: Story = {
  args: { message: boundary("compaction") },
  play: async ({ canvas }) => {
    await canvas.findByText("Earlier messages were summarised");
  },
};

export const SessionReset: Story = {
  args: { message: boundary("reset") },
  play: async ({ canvas }) => {
    await canvas.findByText("A new conversation starts here");
  },
};

export const Notice: Story = { args: { message: boundary("notice", "Switched to the night model.") } };

const PICTURE =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FAP5FDvcfRYWgAAAAAElFTkSuQmCC";

/** A picture that came with the message. */
export const WithPicture: Story = {
  args: {
    message: {
      ...mine,
      parts: [...mine.parts, { type: "image", mimeType: "image/png", url: PICTURE, fileName: "red.png" }],
    },
  },
  play: async ({ canvas }) => {
    await expect(await canvas.findByRole("img", { name: "red.png" })).toBeVisible();
  },
};

const KEPT: Message = {
  ...reply,
  parts: [
    { type: "text", text: "Here is the pier." },
    { type: "image", mimeType: "image/png", artifactId: "art-1", fileName: "pier.png" },
  ],
};

/** A picture that the gateway keeps is asked for when it is shown; until its address is here it has its name. */
export const WithPictureOfTheGateway: Story = {
  args: { message: KEPT },
  decorators: [
    (Story) => (
      <StillPanel
        change={{ connection: CONNECTED }}
        actions={{
          loadArtifact: async () => ({
            url: PICTURE,
            mimeType: "image/png",
            fromGateway: true,
            expiresAt: null,
          }),
        }}
      >
        {Story()}
      </StillPanel>
    ),
  ],
  play: async ({ canvas }) => {
    await expect(await canvas.findByRole("img", { name: "pier.png" })).toBeVisible();
  },
};

/** Without a connection it keeps its name. */
export const WithPictureOutOfReach: Story = {
  args: { message: KEPT },
  play: async ({ canvas }) => {
    await canvas.findByText("pier.png");
    await expect(canvas.queryByRole("img", { name: "pier.png" })).toBeNull();
  },
};

/** A picture on a host that nobody allowed is named, not fetched. So is a file. */
export const WithFiles: Story = {
  args: {
    message: {
      ...reply,
      parts: [
        ...reply.parts,
        {
          type: "image",
          mimeType: "image/jpeg",
          url: "https://elsewhere.test/pier.jpg",
          fileName: "pier.jpg",
        },
        { type: "file", mimeType: "application/pdf", fileName: "timetable.pdf" },
      ],
    },
  },
  play: async ({ canvas }) => {
    await canvas.findByText("pier.jpg");
    await canvas.findByText("timetable.pdf");
    await expect(canvas.queryByRole("img", { name: "pier.jpg" })).toBeNull();
  },
};

/** What is being changed is sent as a new message. */
export const Edited: Story = {
  args: { message: mine },
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(await canvas.findByRole("button", { name: "Edit and send again" }));
    await expect(await canvas.findByRole("textbox", { name: "Message" })).toHaveFocus();
  },
};
