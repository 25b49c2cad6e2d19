import { pairingCommand } from "@automna/react";
import { useStrings } from "../i18n/language.tsx";
import styles from "./app-request.module.css";
import type { AppRequest } from "./device-approval.ts";

/** What the gateway's owner does once, so that the app can let their browsers in. */
export function AppRequestNotice({ requestId }: AppRequest) {
  const { agent } = useStrings();
  return (
    <div className={styles.notice} role="status">
      <p>{agent.appWaits}</p>
      <code dir="ltr">{pairingCommand(requestId)}</code>
    </div>
  );
}
