"use client";

import { fill } from "../../i18n/fill.ts";
import type { Strings } from "../../i18n/index.ts";
import { useStrings } from "../../i18n/language.tsx";
import { Button } from "../button.tsx";
import styles from "./remote-cli.module.css";
import { progressOf } from "./screen-progress.ts";
import type { SessionState } from "./session-poll.ts";

/** The way to a screen, step by step, with how long it has taken. */
export function Waiting({
  state,
  label,
  elapsedMs,
  attempt,
  onRetry,
}: {
  state: SessionState;
  label: string;
  elapsedMs: number;
  /** How often a screen that was shown has been lost. */
  attempt: number;
  onRetry: () => void;
}) {
  const strings = useStrings();
  const { remote, locale } = strings;
  const { steps, word, overdue } = progressOf(state, elapsedMs, attempt);
  const current = steps.find(({ status }) => status === "current");
  const seconds = Math.floor(elapsedMs / 1000);
  const elapsed = new Intl.NumberFormat(locale, { style: "unit", unit: "second", unitDisplay: "narrow" });
  const title = overdue ? remote.doesNotAnswer : attempt > 0 ? remote.reconnecting : remote.connecting;
  return (
    <section className={styles.card} aria-busy={!overdue}>
      <h2>{fill(title, { name: label })}</h2>
      <ol className={styles.steps}>
        {steps.map(({ name, status }) => (
          <li key={name} data-status={overdue && status === "current" ? "failed" : status}>
            {remote.step[name]}
            {status === "current" && !overdue && seconds > 0 && <span> {elapsed.format(seconds)}</span>}
          </li>
        ))}
      </ol>
      <p role="status">
        {current && <span className={styles.hidden}>{remote.step[current.name]}. </span>}
        {sentenceFor(word, strings)}
      </p>
      {overdue && <Button onClick={onRetry}>{strings.common.tryAgain}</Button>}
    </section>
  );
}

function sentenceFor(word: ReturnType<typeof progressOf>["word"], { remote, common }: Strings): string {
  switch (word.kind) {
    case "usual":
      return remote.usual;
    case "lost":
      return remote.lost;
    case "unreachable":
      return common.unreachable;
    case "answered-with":
      return fill(common.answeredWith, { status: word.status });
    case "longer":
    case "overdue": {
      const next = word.kind === "longer" ? remote.longer : remote.askOperator;
      return word.missing ? `${remote.missing[word.missing]} ${next}` : next;
    }
  }
}
