"use client";

import type { ReactElement } from "react";

import type { Composer } from "../composer/use-composer.ts";
import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";
import { LateIcon } from "./late-icons.tsx";

export type ComposerProblemsProps = Pick<Composer, "problems" | "dismissProblems">;

/** Why files or a message were refused. */
export function ComposerProblems({ problems, dismissProblems }: ComposerProblemsProps): ReactElement {
  const { chat } = useStrings();
  return (
    <div className="automna-banner" data-tone="problem">
      <Icon name="alert" />
      <ul className="automna-banner-text">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <button
        type="button"
        className="automna-icon-button"
        title={chat.dismiss}
        aria-label={chat.dismiss}
        onClick={dismissProblems}
      >
        <LateIcon name="close" />
      </button>
    </div>
  );
}
