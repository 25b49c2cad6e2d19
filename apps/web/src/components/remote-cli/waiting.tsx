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
  const { steps, sentence, overdue } = progressOf(state, elapsedMs, attempt);
  const current = steps.find(({ status }) => status === "current");
  const seconds = Math.floor(elapsedMs / 1000);
  return (
    <section className={styles.card} aria-busy={!overdue}>
      <h2>
        {overdue
          ? `${label} does not answer`
          : attempt > 0
            ? `Reconnecting to ${label}`
            : `Connecting to ${label}`}
      </h2>
      <ol className={styles.steps}>
        {steps.map(({ text, status }) => (
          <li key={text} data-status={overdue && status === "current" ? "failed" : status}>
            {text}
            {status === "current" && !overdue && seconds > 0 && <span> {seconds} s</span>}
          </li>
        ))}
      </ol>
      <p role="status">
        <span className={styles.hidden}>{current?.text}. </span>
        {sentence}
      </p>
      {overdue && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </section>
  );
}
