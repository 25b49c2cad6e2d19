import type { ReactNode } from "react";
import styles from "./notice.module.css";

/** One thing to say in the middle of the page; `busy` while it will change by itself. */
export function Notice({
  title,
  busy = false,
  children,
}: {
  title: string;
  busy?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={styles.notice} role="status" aria-busy={busy}>
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}
