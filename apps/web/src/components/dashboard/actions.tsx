"use client";

import Link from "next/link";
import { useState } from "react";
import { type Instance, instance as instanceSchema } from "../../api/instance.ts";
import { ask } from "../../browser/ask.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import buttonStyles from "../button.module.css";
import { Button } from "../button.tsx";
import { ControlUiLink } from "../control-ui-link.tsx";
import { Card } from "./card.tsx";
import { type Command, commandsFor } from "./commands.ts";
import styles from "./dashboard.module.css";

export interface ActionsProps {
  readonly instance: Instance;
  /** The gateway's own pages can be opened here. */
  readonly controlUi: boolean;
  readonly onChanged: (instance: Instance) => void;
}

export function Actions({ instance, controlUi, onChanged }: ActionsProps) {
  const strings = useStrings();
  const { dashboard } = strings;
  const [asked, setAsked] = useState<Command | null>(null);
  const [outcome, setOutcome] = useState<{ readonly good: boolean; readonly text: string } | null>(null);

  const run = async (command: Command) => {
    setAsked(command);
    setOutcome(null);
    const answer = await ask({
      method: "POST",
      path: `/api/user/gateway/${command}`,
      answer: instanceSchema,
    });
    setAsked(null);
    if (answer.kind === "ok") {
      setOutcome({ good: true, text: dashboard.done[command] });
      onChanged(answer.value);
    } else setOutcome({ good: false, text: answerText(answer, strings) });
  };

  return (
    <Card title={dashboard.actions}>
      <div className={styles.row}>
        <Link className={buttonStyles.button} data-tone="main" href="/chat" prefetch={false}>
          {dashboard.openChat}
        </Link>
        {commandsFor(instance).map((command) => (
          <Button key={command} disabled={asked !== null} onClick={() => void run(command)}>
            {dashboard[command]}
          </Button>
        ))}
        {controlUi && instance.state === "ready" && instance.product !== "demo" && (
          <ControlUiLink instanceId={instance.id} className={buttonStyles.button} />
        )}
      </div>
      <p className={styles.note}>{dashboard.rotateHelp}</p>
      <p role="status" className={outcome?.good === false ? styles.failure : styles.outcome}>
        {outcome?.text}
      </p>
    </Card>
  );
}
