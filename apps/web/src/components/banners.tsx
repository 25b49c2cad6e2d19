import type { Strings } from "../i18n/strings.ts";
import styles from "./banners.module.css";

/** What a person must know on every page about the app that they are looking at. */
export function Banners({
  local,
  demo,
  strings: { banner },
}: {
  local: boolean;
  demo: boolean;
  strings: Strings;
}) {
  if (!local && !demo) return null;
  return (
    <aside className={styles.banners} aria-label={banner.label}>
      {local && (
        <p className={styles.banner} role="note">
          <strong>{banner.localTitle}</strong> {banner.local}
        </p>
      )}
      {demo && (
        <p className={`${styles.banner} ${styles.demo}`} role="note">
          <strong>{banner.demoTitle}</strong> {banner.demo}{" "}
          <code dir="ltr">npm start -- --gateway openclaw</code> {banner.demoRest}
        </p>
      )}
    </aside>
  );
}
