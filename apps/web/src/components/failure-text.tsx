"use client";

import { useStrings } from "../i18n/language.tsx";
import { problemText } from "./problem-text.ts";

/** Why an agent does not run: in the page's language, and beneath it what the server wrote, which may name more. */
export function FailureText({ failure }: { failure: { readonly code: string; readonly message: string } }) {
  const text = problemText({ code: failure.code, detail: failure.message }, useStrings());
  if (text === failure.message) return text;
  return (
    <>
      {text}{" "}
      <small lang="en" dir="ltr">
        ({failure.message})
      </small>
    </>
  );
}
