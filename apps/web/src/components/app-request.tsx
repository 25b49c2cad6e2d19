import { pairingCommand } from "@automna/react";
import { useState } from "react";
import { ask } from "../browser/ask.ts";
import { useStrings } from "../i18n/language.tsx";
import { answerText } from "./answer-text.ts";
import styles from "./app-request.module.css";
import { Button } from "./button.tsx";
import type { DeviceApproval } from "./device-approval.ts";

/** What the gateway's owner does once, so that the app can let their browsers in. */
export function AppRequestNotice({ obstacle, retry }: DeviceApproval) {
  const strings = useStrings();
  if (obstacle === null) return null;
  return (
    <div className={styles.notice} role="status">
      {obstacle.kind === "app-waits" ? (
        <>
          <p>{strings.agent.appWaits}</p>
          <code dir="ltr">{pairingCommand(obstacle.requestId)}</code>
        </>
      ) : (
        <>
          <p>{answerText(obstacle, strings)}</p>
          {obstacle.code === "app-device-unreadable" && <NewDevice onRenewed={retry} />}
        </>
      )}
    </div>
  );
}

function NewDevice({ onRenewed }: { onRenewed: () => void }) {
  const strings = useStrings();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const renew = async () => {
    setBusy(true);
    const answer = await ask({ method: "DELETE", path: "/api/chat-gateway/device", answer: null });
    setBusy(false);
    if (answer.kind === "ok") onRenewed();
    else setProblem(answerText(answer, strings));
  };
  return (
    <>
      <Button disabled={busy} onClick={() => void renew()}>
        {strings.agent.newDevice}
      </Button>
      {problem !== null && <p>{problem}</p>}
    </>
  );
}
