"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import styles from "./agent-state.module.css";
import { phaseText } from "./phase-text.ts";

type Agent =
  | { status: "ready" }
  | { status: "provisioning"; phase: string }
  | { status: "failed"; reason: string };

const PRODUCT_NAMES = { openclaw: "OpenClaw", clawdbot: "Clawdbot", demo: "Demo gateway" };
const REFRESH_MS = 1500;

/** One line about the person's gateway, kept up to date until it is ready. */
export function AgentState({ agent, product }: { agent: Agent; product: keyof typeof PRODUCT_NAMES }) {
  const router = useRouter();
  const settled = agent.status === "ready";
  useEffect(() => {
    if (settled) return;
    const timer = setInterval(() => router.refresh(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [router, settled]);
  return (
    <p role="status" className={styles.state}>
      <span className={styles.dot} data-status={agent.status} aria-hidden="true" />
      {sentence(agent, PRODUCT_NAMES[product])}
    </p>
  );
}

function sentence(agent: Agent, name: string): string {
  switch (agent.status) {
    case "ready":
      return `Agent Ready (${name})`;
    case "provisioning":
      return `${phaseText(agent.phase)} (${name})`;
    case "failed":
      return `Not running: ${agent.reason}`;
  }
}
