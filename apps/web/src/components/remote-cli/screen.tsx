"use client";

import { type FormEvent, useEffect, useRef, useState } from "react";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { Button } from "../button.tsx";
import styles from "./remote-cli.module.css";
import { bridgeViewer, isViewerReady, type ViewerBridge } from "./viewer-bridge.ts";

type Shown = "opening" | "shown" | "password";

/** A machine's screen, in a frame of its own. */
export function Screen({
  sessionId,
  label,
  wrongPassword,
  onShown,
  onRefused,
  onEnded,
}: {
  sessionId: string;
  label: string;
  /** The last password that was given was refused. */
  wrongPassword: boolean;
  /** There is something to see or to do. */
  onShown: () => void;
  /** Somebody gave a password that the machine did not take. It ends the connection then. */
  onRefused: () => void;
  onEnded: () => void;
}) {
  const { remote } = useStrings();
  const frame = useRef<HTMLIFrameElement>(null);
  const bridge = useRef<ViewerBridge | null>(null);
  const told = useRef({ onShown, onRefused, onEnded });
  const [shown, setShown] = useState<Shown>("opening");
  const base = `/api/auth/session/${encodeURIComponent(sessionId)}/novnc`;

  useEffect(() => {
    told.current = { onShown, onRefused, onEnded };
  });

  useEffect(() => {
    const join = (event: MessageEvent) => {
      const view = frame.current?.contentWindow ?? null;
      if (!view || !isViewerReady(event, view)) return;
      bridge.current?.close();
      bridge.current = bridgeViewer({
        frame: view,
        socketUrl: new URL(`${base}/websock`, location.href.replace(/^http/, "ws")).href,
        onEvent(happened) {
          switch (happened.name) {
            case "shown":
              setShown("shown");
              frame.current?.focus();
              return told.current.onShown();
            case "password-wanted":
              setShown("password");
              return told.current.onShown();
            case "password-refused":
              return told.current.onRefused();
            case "ended":
              return told.current.onEnded();
          }
        },
      });
    };
    window.addEventListener("message", join);
    return () => {
      window.removeEventListener("message", join);
      bridge.current?.close();
      bridge.current = null;
    };
  }, [base]);

  return (
    <div className={styles.screen} data-shown={shown}>
      <iframe ref={frame} src={base} sandbox="allow-scripts" title={fill(remote.screenOf, { name: label })} />
      {shown === "password" && (
        <Password wrong={wrongPassword} onGiven={(text) => bridge.current?.sendPassword(text)} />
      )}
    </div>
  );
}

function Password({ wrong, onGiven }: { wrong: boolean; onGiven: (password: string) => void }) {
  const { remote } = useStrings();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get("password");
    if (typeof password === "string") onGiven(password);
  };
  return (
    <form className={styles.password} onSubmit={submit}>
      <label>
        {wrong ? remote.wrongPassword : remote.password}
        <input name="password" type="password" autoComplete="off" required />
      </label>
      <Button type="submit">{remote.continue}</Button>
    </form>
  );
}
