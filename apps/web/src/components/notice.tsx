import type { ReactNode } from "react";
import styles from "./notice.module.css";

/** One thing to say in the middle of the page; `busy` while it will change by itself. */
export function Notice({
  title,
  heading: Heading = "h2",
  busy = false,
  children,
}: {
  title: string;
  /** `h1` where the page says nothing else. */
  heading?: "h1" | "h2";
  busy?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={styles.notice} role="status" aria-busy={busy}>
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      <Heading className={styles.title}>{title}</Heading>
      {children && <p>{children}</p>}
    </div>
  );
}
