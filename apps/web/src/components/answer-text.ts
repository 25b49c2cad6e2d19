import type { Answer } from "../browser/ask.ts";
import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { problemText } from "./problem-text.ts";

/** What to tell a person whose request did not succeed. */
export function answerText(
  answer: Exclude<Answer<unknown>, { kind: "ok" }>,
  strings: Pick<Strings, "common" | "problem" | "locale">,
): string {
  const { common } = strings;
  switch (answer.kind) {
    case "problem":
      return problemText(answer, strings);
    case "unreachable":
      return common.unreachable;
    case "not-understood":
      return answer.status < 400
        ? common.notUnderstood
        : fill(common.answeredWith, { status: answer.status });
  }
}
