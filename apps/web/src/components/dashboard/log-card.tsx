"use client";

import { useEffect, useRef } from "react";
import { useStrings } from "../../i18n/language.tsx";
import { Card } from "./card.tsx";
import styles from "./dashboard.module.css";

/** Near enough to the end to want to see what comes. */
const NEAR_END_PX = 40;

/** The end of the gateway's output. It follows what comes while its reader is at the end. */
export function LogCard({ lines }: { lines: readonly string[] }) {
  const { dashboard } = useStrings();
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  const text = lines.join("\n");
  useEffect(() => {
    if (text !== "" && box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <Card title={dashboard.log}>
      {text === "" ? (
        <p className={`${styles.log} ${styles.logEmpty}`}>{dashboard.logEmpty}</p>
      ) : (
        <pre
          ref={box}
          className={styles.log}
          dir="ltr"
          tabIndex={0}
          aria-label={dashboard.log}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
          }}
        >
          {text}
        </pre>
      )}
    </Card>
  );
}
