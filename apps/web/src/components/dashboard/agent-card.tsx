"use client";

import type { Instance } from "../../api/instance.ts";
import { phaseSeconds } from "../../browser/instance-feed.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { FailureText } from "../failure-text.tsx";
import { phaseText } from "../phase-text.ts";
import { moment } from "../time-texts.ts";
import { useNow } from "../time.tsx";
import styles from "./dashboard.module.css";

export interface AgentCardProps {
  readonly instance: Instance;
  /** When the browser heard of it. */
  readonly heardAt: number;
  readonly live: boolean;
}

/** How the agent is, what is being done to it and for how long, and what is wrong with it. */
export function AgentCard({ instance, heardAt, live }: AgentCardProps) {
  const strings = useStrings();
  const { agent, common, dashboard, locale } = strings;
  const { state, phase, failure, rotating, upgrading, stopReason, product } = instance;
  const now = useNow(phase ? 1_000 : 0);
  const seconds = phase ? phaseSeconds(phase, heardAt, now) : 0;
  return (
    <section className={styles.state} data-state={state} aria-label={dashboard.title}>
      <p role="status" className={styles.stateLine}>
        <span className={styles.dot} aria-hidden="true" />
        <strong>{agent.state[state]}</strong> <span>({common.product[product]})</span>
      </p>
      <div className={styles.details}>
        {phase && (
          <p>
            {phaseText(phase.name, agent.phase)}
            {seconds >= 2 && <span aria-hidden="true">, {fill(agent.forSeconds, { seconds })}</span>}
          </p>
        )}
        {rotating && <p>{dashboard.rotating}</p>}
        {upgrading && <p>{dashboard.upgrading}</p>}
        {state === "stopped" && stopReason && <p>{dashboard.stopReason[stopReason]}</p>}
        {failure && (
          <p className={styles.failure} role="alert">
            <FailureText failure={failure} />
            {failure.retryAt && ` ${fill(dashboard.retryAt, { time: moment(failure.retryAt, locale) })}`}
          </p>
        )}
      </div>
      <p className={styles.note} role="status">
        {live ? dashboard.live : dashboard.notLive}
      </p>
    </section>
  );
}
