"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useQuestions } from "../runtime/chat-hooks.ts";
import { classNames } from "./class-names.ts";
import { QuestionCard } from "./deferred-parts.tsx";

/**
 * What the agent wants to know, oldest first. Its place is always there, so that a question is announced. Takes the props of a
 * `section`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer, Questions, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><Questions /><Composer /></>;
 * ```
 */
export function Questions({ className, ...rest }: ComponentPropsWithoutRef<"section">): ReactElement {
  const { question } = useStrings();
  const requests = useQuestions();
  return (
    <section
      {...rest}
      className={classNames("automna-approvals", className)}
      aria-label={question.region}
      aria-live="polite"
      aria-relevant="additions"
    >
      {requests.map((request) => (
        <QuestionCard key={request.id} request={request} />
      ))}
    </section>
  );
}
