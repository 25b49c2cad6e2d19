"use client";

import Link from "next/link";
import { useCallback, useEffect, useState } from "react";
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
      <h1>Remote CLI</h1>
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
  const [open, setOpen] = useState(false);
  switch (list.status) {
    case "loading":
      return <Notice busy title="Looking for your machines" />;
    case "signed-out":
      return (
        <Notice title="You are signed out">
          <Link href="/sign-in" prefetch={false}>
            Sign in
          </Link>{" "}
          to reach your machines.
        </Notice>
      );
    case "failed":
      return (
        <Notice title="Your machines cannot be listed">
          The server cannot be reached.{" "}
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </Notice>
      );
    case "listed":
      if (list.sessions.length === 0)
        return (
          <Notice title="You have no machine yet">
            Whoever runs this server gives you one. It appears here then.
          </Notice>
        );
      return (
        <section className={styles.card}>
          <h2>A command line on a machine of your own</h2>
          <p>Choose what runs on it. Its screen opens on this page.</p>
          <button
            type="button"
            className={styles.primary}
            aria-expanded={open}
            onClick={() => setOpen((before) => !before)}
          >
            Connect Provider
          </button>
          {open && (
            <ul className={styles.providers}>
              {list.sessions.map((session) => (
                <li key={session.id}>
                  <button type="button" onClick={() => onChosen(session)}>
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
