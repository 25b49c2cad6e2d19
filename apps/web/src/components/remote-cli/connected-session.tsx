"use client";

import { useCallback, useEffect, useState } from "react";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { Button } from "../button.tsx";
import { Notice } from "../notice.tsx";
import styles from "./remote-cli.module.css";
import { LIMIT_MS } from "./screen-progress.ts";
import { Screen } from "./screen.tsx";
import { type ListedSession, lookAtSession, type SessionState } from "./session-poll.ts";
import { Waiting } from "./waiting.tsx";

const LOOK_AGAIN_MS = 1_000;

/** One wait for a screen, from its beginning to its end. */
interface Wait {
  readonly since: number;
  /** How often the screen has been lost before. */
  readonly attempt: number;
}

/** A machine on its way to be shown, then its screen; a screen that is lost is waited for again. */
export function ConnectedSession({ session, onLeave }: { session: ListedSession; onLeave: () => void }) {
  const { remote, common } = useStrings();
  const { id, label } = session;
  const [wait, setWait] = useState<Wait>(() => ({ since: Date.now(), attempt: 0 }));
  const [state, setState] = useState<SessionState>({ status: "looking" });
  const [shown, setShown] = useState(false);
  const [wrongPassword, setWrongPassword] = useState(false);
  const ready = state.status === "found" && state.health.status === "ready";
  const elapsedMs = useElapsed(wait.since, !shown);
  const overdue = elapsedMs >= LIMIT_MS && !shown;
  const looking = !ready && !overdue && state.status !== "gone";

  useEffect(() => {
    if (!looking) return;
    const leaving = new AbortController();
    const look = () => {
      lookAtSession(id, leaving.signal).then(setState, () => undefined);
    };
    look();
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [id, looking]);

  const again = useCallback(() => {
    setShown(false);
    setState({ status: "looking" });
    setWait(({ attempt }) => ({ since: Date.now(), attempt: attempt + 1 }));
  }, []);
  const onShown = useCallback(() => setShown(true), []);
  const onRefused = useCallback(() => setWrongPassword(true), []);

  if (state.status === "gone")
    return (
      <Notice title={remote.gone}>
        {remote.goneText} <Button onClick={onLeave}>{remote.chooseAnother}</Button>
      </Notice>
    );
  return (
    <>
      <div className={styles.bar}>
        <span>{shown && fill(remote.connected, { name: label })}</span>
        <Button onClick={onLeave}>{shown ? remote.disconnect : common.cancel}</Button>
      </div>
      {ready && !overdue && (
        <Screen
          key={wait.attempt}
          sessionId={id}
          label={label}
          wrongPassword={wrongPassword}
          onShown={onShown}
          onRefused={onRefused}
          onEnded={again}
        />
      )}
      {!shown && (
        <Waiting state={state} label={label} elapsedMs={elapsedMs} attempt={wait.attempt} onRetry={again} />
      )}
    </>
  );
}

function useElapsed(since: number, running: boolean): number {
  const [now, setNow] = useState(since);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [running]);
  return Math.max(0, now - since);
}
