"use client";

import { type MouseEvent, useState } from "react";
import styles from "./control-ui-link.module.css";

/** Opens the gateway's own pages, on their own origin, by a fresh ticket. */
export function ControlUiLink({ instanceId }: { instanceId: string }) {
  const [problem, setProblem] = useState<string | null>(null);

  async function open(event: MouseEvent<HTMLAnchorElement>): Promise<void> {
    // A new tab or window gets its ticket from the address itself.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setProblem(null);
    const outcome = await requestLaunch(instanceId).catch(() => ({
      problem: "The server could not be reached. Try again.",
    }));
    if ("url" in outcome) window.location.assign(outcome.url);
    else setProblem(outcome.problem);
  }

  return (
    <>
      <a className={styles.link} href={`/i/${instanceId}/`} onClick={(event) => void open(event)}>
        Open Control UI
      </a>
      <p className={styles.problem} role="alert" hidden={problem === null}>
        {problem}
      </p>
    </>
  );
}

async function requestLaunch(instanceId: string): Promise<{ url: string } | { problem: string }> {
  const response = await fetch("/api/launch", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ instanceId }),
  });
  const answer: { url?: string; detail?: string; error?: string } = await response.json();
  if (answer.url !== undefined) return { url: answer.url };
  return { problem: answer.detail ?? answer.error ?? "The Control UI could not be opened. Try again." };
}
