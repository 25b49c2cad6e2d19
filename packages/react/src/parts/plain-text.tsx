import type { ReactElement } from "react";

/** Text as it was typed. */
export function PlainText({ text }: { readonly text: string }): ReactElement {
  return (
    <p className="automna-plain-text" dir="auto">
      {text}
    </p>
  );
}
