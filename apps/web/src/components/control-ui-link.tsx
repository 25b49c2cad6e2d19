"use client";

import { type MouseEvent, useState } from "react";
import * as v from "valibot";
import { ask } from "../browser/ask.ts";
import { useStrings } from "../i18n/language.tsx";
import { answerText } from "./answer-text.ts";
import styles from "./control-ui-link.module.css";

const launchSchema = v.object({ url: v.string() });

/** Opens the gateway's own pages, on their own origin, by a fresh ticket. */
export function ControlUiLink({
  instanceId,
  className = styles.link,
}: {
  instanceId: string;
  className?: string | undefined;
}) {
  const strings = useStrings();
  const [problem, setProblem] = useState<string | null>(null);

  async function open(event: MouseEvent<HTMLAnchorElement>): Promise<void> {
    // A new tab or window gets its ticket from the address itself.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setProblem(null);
    const body = { instanceId };
    const answer = await ask({ method: "POST", path: "/api/launch", body, answer: launchSchema });
    if (answer.kind === "ok") window.location.assign(answer.value.url);
    else setProblem(answerText(answer, strings));
  }

  return (
    <>
      <a className={className} href={`/i/${instanceId}/`} onClick={(event) => void open(event)}>
        {strings.dashboard.openPages}
      </a>
      <p className={styles.problem} role="alert" hidden={problem === null}>
        {problem}
      </p>
    </>
  );
}
