"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import type { Instance } from "../api/instance.ts";
import { useStrings } from "../i18n/language.tsx";
import styles from "./agent-state.module.css";
import { phaseText } from "./phase-text.ts";

const REFRESH_MS = 1500;

export interface AgentStateProps {
  readonly state: Instance["state"];
  readonly product: Instance["product"];
  /** The step that is being taken. */
  readonly phase: string | null;
  /** What is wrong, and what to do next. */
  readonly problem: string | null;
}

/** One line about the person's gateway, kept up to date until it is settled. */
export function AgentState({ state, product, phase, problem }: AgentStateProps) {
  const { agent, common } = useStrings();
  const router = useRouter();
  const settled = state === "ready" || state === "stopped" || state === "deleted";
  useEffect(() => {
    if (settled) return;
    const timer = setInterval(() => router.refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [router, settled]);
  const words =
    state === "provisioning" && phase !== null ? phaseText(phase, agent.phase) : agent.state[state];
  return (
    <p role="status" className={styles.state}>
      <span className={styles.dot} data-status={state} aria-hidden="true" />
      {problem !== null && state === "failed"
        ? `${words}: ${problem}`
        : `${words} (${common.product[product]})`}
    </p>
  );
}
