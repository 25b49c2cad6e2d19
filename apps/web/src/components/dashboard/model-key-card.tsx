"use client";

import { useId, useState } from "react";
import { modelKey as modelKeySchema, type User } from "../../api/user.ts";
import { ask } from "../../browser/ask.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import { Button } from "../button.tsx";
import { moment } from "../time-texts.ts";
import { Card } from "./card.tsx";
import styles from "./dashboard.module.css";

const PROVIDERS = { openai: "OpenAI", anthropic: "Anthropic" } as const;

type Provider = keyof typeof PROVIDERS;

const isProvider = (value: string): value is Provider => Object.hasOwn(PROVIDERS, value);

/** The person's own key for a model provider: kept, replaced, forgotten, never shown. */
export function ModelKeyCard({ first }: { first: User["modelKey"] }) {
  const strings = useStrings();
  const { dashboard, locale } = strings;
  const [kept, setKept] = useState(first);
  const [provider, setProvider] = useState<Provider>(first?.provider ?? "anthropic");
  const [apiKey, setApiKey] = useState("");
  const [model, setModel] = useState("");
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly good: boolean; readonly text: string } | null>(null);
  const id = useId();

  const save = async () => {
    setBusy(true);
    const modelId = model.trim();
    const body = { provider, apiKey, ...(modelId ? { modelId } : {}) };
    const answer = await ask({ method: "PUT", path: "/api/user/model-key", body, answer: modelKeySchema });
    setBusy(false);
    if (answer.kind !== "ok") return setOutcome({ good: false, text: answerText(answer, strings) });
    setApiKey("");
    setKept(answer.value);
    setOutcome({ good: true, text: dashboard.keySaved });
  };
  const forget = async () => {
    setBusy(true);
    const answer = await ask({ method: "DELETE", path: "/api/user/model-key", answer: null });
    setBusy(false);
    if (answer.kind !== "ok") return setOutcome({ good: false, text: answerText(answer, strings) });
    setKept(null);
    setOutcome({ good: true, text: dashboard.keyForgotten });
  };

  return (
    <Card title={dashboard.modelKey}>
      <p className={styles.note}>{dashboard.modelKeyText}</p>
      <p>
        {kept
          ? fill(dashboard.modelKeyKept, {
              provider: PROVIDERS[kept.provider],
              time: moment(kept.updatedAt, locale),
            })
          : dashboard.modelKeyNone}
      </p>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label htmlFor={`${id}-provider`}>{dashboard.provider}</label>
        <select
          id={`${id}-provider`}
          value={provider}
          onChange={({ target: { value } }) => isProvider(value) && setProvider(value)}
        >
          {Object.entries(PROVIDERS).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <label htmlFor={`${id}-key`}>{dashboard.apiKey}</label>
        <input
          id={`${id}-key`}
          type="password"
          autoComplete="off"
          dir="ltr"
          required
          minLength={8}
          value={apiKey}
          onChange={({ target }) => setApiKey(target.value)}
        />
        <label htmlFor={`${id}-model`}>{dashboard.model}</label>
        <input
          id={`${id}-model`}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-help`}
          value={model}
          onChange={({ target }) => setModel(target.value)}
        />
        <p id={`${id}-help`} className={styles.note}>
          {dashboard.modelHelp}
        </p>
        <div className={styles.row}>
          <Button type="submit" tone="main" disabled={busy || apiKey === ""}>
            {dashboard.saveKey}
          </Button>
          {kept && (
            <Button disabled={busy} onClick={() => void forget()}>
              {dashboard.forgetKey}
            </Button>
          )}
        </div>
      </form>
      <p role="status" className={outcome?.good === false ? styles.failure : styles.outcome}>
        {outcome?.text}
      </p>
    </Card>
  );
}
