import type { Question, QuestionAnswers } from "@automna/client";

/** What a person has chosen and typed so far. */
export interface AnswerDraft {
  readonly picked: readonly string[];
  readonly text: string;
}

export const NO_DRAFT: AnswerDraft = { picked: [], text: "" };

type Drafts = Readonly<Record<string, AnswerDraft>>;

/** What was typed stands beside the choices where several are wanted, otherwise in their place. */
function answerTo({ questionId, multiSelect }: Question, drafts: Drafts): readonly string[] {
  const { picked, text } = drafts[questionId] ?? NO_DRAFT;
  const typed = text.trim();
  if (typed === "") return picked;
  return multiSelect ? [...picked, typed] : [typed];
}

/** The answers by question, as the gateway takes them. */
export function answersTo(questions: readonly Question[], drafts: Drafts): QuestionAnswers {
  return Object.fromEntries(questions.map((question) => [question.questionId, answerTo(question, drafts)]));
}

/** Whether each question has an answer. */
export function isAnswered(questions: readonly Question[], drafts: Drafts): boolean {
  return questions.every((question) => answerTo(question, drafts).length > 0);
}
