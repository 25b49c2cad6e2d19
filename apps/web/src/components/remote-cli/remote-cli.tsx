"use client";

import Link from "next/link";
import { useCallback, useEffect, useState } from "react";
import { useStrings } from "../../i18n/language.tsx";
import { Button } from "../button.tsx";
import { Notice } from "../notice.tsx";
import { ConnectedSession } from "./connected-session.tsx";
import styles from "./remote-cli.module.css";
import { type ListedSession, listSessions } from "./session-poll.ts";

type List =
  | { readonly status: "loading" }
  | { readonly status: "signed-out" }
  | { readonly status: "failed" }
  | { readonly status: "listed"; readonly sessions: readonly ListedSession[] };

const PROVIDER_NAMES: Readonly<Record<string, string>> = { "claude-code": "Claude Code" };

/** A person chooses what to connect to, and sees its screen. */
export function RemoteCli() {
  const { remote } = useStrings();
  const [list, setList] = useState<List>({ status: "loading" });
  const [chosen, setChosen] = useState<ListedSession | null>(null);
  const ask = useCallback(() => {
    const leaving = new AbortController();
    listSessions(leaving.signal).then(
      (sessions) => setList(sessions ? { status: "listed", sessions } : { status: "signed-out" }),
      () => {
        if (!leaving.signal.aborted) setList({ status: "failed" });
      },
    );
    return () => leaving.abort();
  }, []);
  useEffect(ask, [ask]);
  const leave = () => {
    setChosen(null);
    ask();
  };
  return (
    <main className={styles.page}>
      <h1>{remote.title}</h1>
      {chosen ? (
        <ConnectedSession session={chosen} onLeave={leave} />
      ) : (
        <Choice list={list} onChosen={setChosen} onRetry={ask} />
      )}
    </main>
  );
}

function Choice({
  list,
  onChosen,
  onRetry,
}: {
  list: List;
  onChosen: (session: ListedSession) => void;
  onRetry: () => void;
}) {
  const { remote, common, agent } = useStrings();
  const [open, setOpen] = useState(false);
  switch (list.status) {
    case "loading":
      return <Notice busy title={remote.looking} />;
    case "signed-out":
      return (
        <Notice title={agent.signedOut}>
          {remote.signedOutText}{" "}
          <Link href="/sign-in" prefetch={false}>
            {common.signIn}
          </Link>
        </Notice>
      );
    case "failed":
      return (
        <Notice title={remote.listFailed}>
          <Button onClick={onRetry}>{common.tryAgain}</Button>
        </Notice>
      );
    case "listed":
      if (list.sessions.length === 0) return <Notice title={remote.none}>{remote.noneText}</Notice>;
      return (
        <section className={styles.card}>
          <h2>{remote.heading}</h2>
          <p>{remote.lead}</p>
          <Button tone="main" aria-expanded={open} onClick={() => setOpen((before) => !before)}>
            {remote.connect}
          </Button>
          {open && (
            <ul className={styles.providers}>
              {list.sessions.map((session) => (
                <li key={session.id}>
                  <button type="button" className={styles.provider} onClick={() => onChosen(session)}>
                    <strong>{PROVIDER_NAMES[session.provider] ?? session.provider}</strong>
                    <span>{session.label}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
      );
  }
}
