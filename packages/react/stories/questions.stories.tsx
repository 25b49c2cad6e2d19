import type { Question, QuestionRequest } from "@automna/client";
import type { Meta, StoryObj } from "@storybook/react-vite";
import { expect } from "storybook/test";

import { QuestionCard } from "../src/index.ts";
import { StillPanel } from "./still-chat.tsx";

const place: Question = {
  questionId: "place",
  header: "Place",
  question: "Where shall I put the restored file?",
  options: [
    { label: "Desktop" },
    { label: "Documents", description: "in place of the broken one" },
    { label: "A folder of its own" },
  ],
  multiSelect: false,
  isOther: true,
  isSecret: false,
};

const request = (...questions: readonly Question[]): QuestionRequest => ({
  id: "q-1",
  questions,
  sessionKey: null,
  runId: null,
  createdAt: 0,
  expiresAt: null,
  state: "pending",
});

/** The agent wants to know something before it goes on. */
const meta = {
  title: "Parts/QuestionCard",
  component: QuestionCard,
  tags: ["autodocs"],
  decorators: [(Story) => <StillPanel>{Story()}</StillPanel>],
  args: { request: request(place) },
} satisfies Meta<typeof QuestionCard>;

export default meta;
type Story = StoryObj<typeof meta>;

export const OneChoice: Story = {
  play: async ({ canvas, userEvent }) => {
    const answer = canvas.getByRole("button", { name: "Answer" });
    await expect(answer).toHaveAttribute("aria-disabled", "true");
    await userEvent.click(canvas.getByRole("radio", { name: /^Documents/ }));
    await expect(answer).toHaveAttribute("aria-disabled", "false");
  },
};

export const SeveralChoices: Story = {
  args: {
    request: request({ ...place, question: "Which copies may go?", multiSelect: true, isOther: false }),
  },
};

export const FreeText: Story = {
  args: { request: request({ ...place, question: "What is the folder to be called?", options: [] }) },
};

/** What is typed is not shown. */
export const Secret: Story = {
  args: {
    request: request({ ...place, question: "The password of the archive?", options: [], isSecret: true }),
  },
};

export const Together: Story = {
  args: {
    request: request(place, {
      ...place,
      questionId: "when",
      question: "When?",
      options: [{ label: "Now" }, { label: "Tonight" }],
    }),
  },
};

export const OnItsWay: Story = { args: { request: { ...request(place), state: "resolving" } } };

/** Who is signed in may read, but not answer. */
export const MayNotAnswer: Story = {
  decorators: [(Story) => <StillPanel change={{ capabilities: null }}>{Story()}</StillPanel>],
  play: async ({ canvas }) => {
    await canvas.findByText(/lacks the scope operator\.questions/);
  },
};
