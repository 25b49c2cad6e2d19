"use client";

import type { ReactElement, ReactNode } from "react";

import { useStrings } from "../i18n/language.tsx";

export interface TroubleProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly onRetry: () => void;
}

/** What is wrong, and another try. */
export function Trouble({ title, children, onRetry }: TroubleProps): ReactElement {
  const { chat } = useStrings();
  return (
    <>
      <strong>{title}</strong>
      {children}
      <button type="button" className="automna-button" onClick={onRetry}>
        {chat.tryAgain}
      </button>
    </>
  );
}
