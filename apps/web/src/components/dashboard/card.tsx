import type { ReactNode } from "react";
import { useId } from "react";
import styles from "./dashboard.module.css";

/** One matter of the dashboard, under its heading. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <h2 id={id} className={styles.cardTitle}>
        {title}
      </h2>
      {children}
    </section>
  );
}
