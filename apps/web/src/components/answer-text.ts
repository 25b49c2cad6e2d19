import type { Answer } from "../browser/ask.ts";
import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";

/** What to tell a person whose request did not succeed. */
export function answerText(
  answer: Exclude<Answer<unknown>, { kind: "ok" }>,
  { common }: Pick<Strings, "common">,
): string {
  switch (answer.kind) {
    case "problem":
      return answer.detail;
    case "unreachable":
      return common.unreachable;
    case "not-understood":
      return answer.status < 400
        ? common.notUnderstood
        : fill(common.answeredWith, { status: answer.status });
  }
}
