"use client";

import { useId, useRef, useState } from "react";
import { type Instance, instance as instanceSchema } from "../../api/instance.ts";
import { ask } from "../../browser/ask.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import { Button } from "../button.tsx";
import { Card } from "./card.tsx";
import styles from "./dashboard.module.css";

/** The end of an agent. It takes a typed word, so that no slip of the finger is enough. */
export function DeleteAgent({ onChanged }: { onChanged: (instance: Instance) => void }) {
  const strings = useStrings();
  const { common, dashboard, locale } = strings;
  const dialog = useRef<HTMLDialogElement>(null);
  const [word, setWord] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const confirmed = word.trim().toLocaleLowerCase(locale) === dashboard.deleteWord.toLocaleLowerCase(locale);

  const remove = async () => {
    setBusy(true);
    setProblem(null);
    const answer = await ask({ method: "DELETE", path: "/api/user/gateway", answer: instanceSchema });
    setBusy(false);
    if (answer.kind !== "ok") return setProblem(answerText(answer, strings));
    dialog.current?.close();
    onChanged(answer.value);
  };

  return (
    <Card title={dashboard.danger}>
      <p className={styles.note}>{dashboard.deleteText}</p>
      <Button tone="danger" onClick={() => dialog.current?.showModal()}>
        {dashboard.delete}
      </Button>
      <dialog
        ref={dialog}
        className={styles.dialog}
        aria-labelledby={`${id}-title`}
        onClose={() => setWord("")}
      >
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (confirmed) void remove();
          }}
        >
          <h2 id={`${id}-title`}>{dashboard.deleteConfirm}</h2>
          <p>{dashboard.deleteText}</p>
          <label htmlFor={`${id}-word`}>{fill(dashboard.deleteType, { word: dashboard.deleteWord })}</label>
          <input
            id={`${id}-word`}
            autoComplete="off"
            spellCheck={false}
            value={word}
            onChange={({ target }) => setWord(target.value)}
          />
          <p role="alert" className={styles.failure}>
            {problem}
          </p>
          <div className={styles.row}>
            <Button type="submit" tone="danger" disabled={!confirmed || busy}>
              {dashboard.delete}
            </Button>
            <Button onClick={() => dialog.current?.close()}>{common.cancel}</Button>
          </div>
        </form>
      </dialog>
    </Card>
  );
}
