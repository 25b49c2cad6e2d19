"use client";

import type { Question, QuestionRequest } from "@automna/client";
import { useId, useState, type ReactElement } from "react";

import { answersTo, isAnswered, NO_DRAFT, type AnswerDraft } from "../composer/question-answers.ts";
import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useChatActions } from "../runtime/chat-hooks.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { Expiry } from "./expiry.tsx";
import { Icon } from "./icons.tsx";

/** What {@link QuestionCard} asks. */
export interface QuestionCardProps {
  /** One of {@link useQuestions}. */
  readonly request: QuestionRequest;
}

/**
 * One request of the agent: its questions with their choices, to be answered together or skipped. Without the right to answer it
 * says so.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { QuestionCard, useQuestions } from "@automna/react";
 *
 * function Asked() {
 *   return useQuestions().map((request) => <QuestionCard key={request.id} request={request} />);
 * }
 * ```
 */
export function QuestionCard({ request }: QuestionCardProps): ReactElement {
  const { question: words } = useStrings();
  const { answerQuestion, cancelQuestion } = useChatActions();
  const canAnswer = useCapabilities()?.canAnswer === true;
  const [drafts, setDrafts] = useState<Readonly<Record<string, AnswerDraft>>>({});
  const resolving = request.state === "resolving";
  const ready = !resolving && isAnswered(request.questions, drafts);
  return (
    <form
      className="automna-approval"
      aria-label={words.title}
      aria-busy={resolving}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) toldByNotice(answerQuestion(request.id, answersTo(request.questions, drafts)));
      }}
    >
      <p className="automna-approval-title">
        <Icon name="spark" />
        <strong>{words.title}</strong>
        <Expiry at={request.expiresAt} />
      </p>
      {request.questions.map((question) => (
        <OneQuestion
          key={question.questionId}
          question={question}
          draft={drafts[question.questionId] ?? NO_DRAFT}
          onChange={(draft) => setDrafts({ ...drafts, [question.questionId]: draft })}
        />
      ))}
      {canAnswer ? (
        <div className="automna-row-buttons">
          <button type="submit" className="automna-button" data-look="primary" aria-disabled={!ready}>
            {words.answer}
          </button>
          <button
            type="button"
            className="automna-button"
            data-look="quiet"
            aria-disabled={resolving}
            onClick={() => {
              if (!resolving) toldByNotice(cancelQuestion(request.id));
            }}
          >
            {words.skip}
          </button>
        </div>
      ) : (
        <p className="automna-approval-text">{words.cannotAnswer}</p>
      )}
    </form>
  );
}

interface OneQuestionProps {
  readonly question: Question;
  readonly draft: AnswerDraft;
  readonly onChange: (draft: AnswerDraft) => void;
}

function OneQuestion({ question, draft, onChange }: OneQuestionProps): ReactElement {
  const { question: words } = useStrings();
  const name = useId();
  const { options, multiSelect, isOther, isSecret } = question;
  const takesText = isOther || options.length === 0;
  const pick = (label: string, on: boolean) => {
    const others = multiSelect ? draft.picked.filter((one) => one !== label) : [];
    onChange({ ...draft, picked: on ? [...others, label] : others });
  };
  return (
    <fieldset className="automna-question">
      <legend dir="auto">{question.question}</legend>
      {options.map(({ label, description }) => (
        <label key={label} className="automna-question-option">
          <input
            type={multiSelect ? "checkbox" : "radio"}
            name={name}
            checked={draft.picked.includes(label)}
            onChange={(event) => pick(label, event.currentTarget.checked)}
          />
          <span dir="auto">
            {label}{" "}
            {description !== undefined && <span className="automna-approval-text">{description}</span>}
          </span>
        </label>
      ))}
      {takesText && (
        <input
          className="automna-input"
          type={isSecret ? "password" : "text"}
          autoComplete="off"
          dir="auto"
          aria-label={options.length === 0 ? question.question : words.other}
          placeholder={options.length === 0 ? undefined : words.other}
          value={draft.text}
          onChange={(event) => onChange({ ...draft, text: event.currentTarget.value })}
        />
      )}
    </fieldset>
  );
}
