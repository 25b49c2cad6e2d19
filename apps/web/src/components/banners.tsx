import styles from "./banners.module.css";

/** What a person must know on every page about the app that they are looking at. */
export function Banners({ local, demo }: { local: boolean; demo: boolean }) {
  if (!local && !demo) return null;
  return (
    <div className={styles.banners}>
      {local && (
        <p className={styles.banner} role="note">
          <strong>Local mode.</strong> No sign-in is set up: everyone at this computer is the same user.
        </p>
      )}
      {demo && (
        <p className={`${styles.banner} ${styles.demo}`} role="note">
          <strong>Demo gateway.</strong> Answers come from a script, not from an AI model.{" "}
          <code>npm start -- --gateway openclaw</code> runs a real one.
        </p>
      )}
    </div>
  );
}
