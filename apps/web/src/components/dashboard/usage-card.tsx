"use client";

import { useEffect, useState } from "react";
import { usage as usageSchema, type Usage } from "../../api/usage.ts";
import { createPulse } from "../../browser/pulse.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import { useAnswer } from "../admin/use-answer.ts";
import { budgetText, usedTexts } from "../usage-texts.ts";
import { Card } from "./card.tsx";
import styles from "./dashboard.module.css";

const REFRESH_MS = 15_000;

export interface UsageCardProps {
  /** Its answers come from a script: nobody pays for them. */
  readonly scripted: boolean;
  /** What the answer looks like before anything was used: as high as this the card is from the start. */
  readonly unused: Usage;
}

/** What the agent used of the operator's model, and what may be used yet. */
export function UsageCard({ scripted, unused }: UsageCardProps) {
  const strings = useStrings();
  const [pulse] = useState(createPulse);
  useEffect(() => {
    const timer = setInterval(pulse.beat, REFRESH_MS);
    return () => clearInterval(timer);
  }, [pulse]);
  const answer = useAnswer("/api/user/usage", usageSchema, pulse);
  return (
    <Card title={strings.usage.title}>
      {answer?.kind === "ok" ? (
        <Used usage={answer.value} scripted={scripted} />
      ) : (
        <div className={styles.instead}>
          <div className={styles.room}>
            <Used usage={unused} scripted={scripted} />
          </div>
          {answer && <p className={styles.note}>{answerText(answer, strings)}</p>}
        </div>
      )}
    </Card>
  );
}

function Used({ usage, scripted }: { readonly usage: Usage; readonly scripted: boolean }) {
  const strings = useStrings();
  const budget = budgetText(usage, strings);
  const spans = [
    { name: strings.usage.today, lines: usedTexts(usage.today, strings) },
    { name: strings.usage.month, lines: usedTexts(usage.month, strings) },
  ];
  return (
    <>
      <dl className={styles.facts}>
        {spans.map(({ name, lines: [total, ...rest] }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{total}</strong>
              {rest.map((line) => (
                <small key={line} className={styles.under}>
                  {line}
                </small>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {budget && usage.budget && (
        <p className={usage.budget.left === 0 ? styles.failure : styles.note}>
          <meter
            className={styles.meter}
            aria-label={strings.usage.budgetLeft}
            min={0}
            max={usage.budget.dailyTokens}
            value={usage.budget.left}
          />
          {budget}
        </p>
      )}
      {!scripted && (
        <p className={styles.note}>
          {usage.paidBy === "person" ? strings.usage.ownKey : strings.usage.operatorsKey}
        </p>
      )}
    </>
  );
}
