"use client";

import { AutomnaChat } from "@automna/react";
import type { Strings as ChatStrings } from "@automna/react/i18n";
import Link from "next/link";
import { useCallback } from "react";
import styles from "./gateway-chat.module.css";
import { lookForGateway } from "./gateway-poll.ts";

export interface GatewayChatProps {
  readonly gatewayUrl: string;
  readonly authToken: string | null;
  readonly sessionKey: string;
  readonly strings: ChatStrings;
}

/** The conversation with a gateway that is up. A token that the gateway no longer takes is asked for again. */
export function GatewayChat({ gatewayUrl, authToken, sessionKey, strings }: GatewayChatProps) {
  const provideToken = useCallback(
    async ({ reason, signal }: { reason: "connect" | "auth-failed"; signal: AbortSignal }) => {
      if (reason === "connect") return authToken;
      const { state } = await lookForGateway(signal);
      if (state.status === "ready") return state.authToken;
      throw new Error("Your agent's address could not be asked for again.");
    },
    [authToken],
  );
  return (
    <AutomnaChat
      autoFocus
      className={styles.chat}
      gatewayUrl={gatewayUrl}
      authToken={provideToken}
      sessionKey={sessionKey}
      strings={strings}
      title={
        <Link href="/" prefetch={false} className={styles.brand}>
          Automna
        </Link>
      }
    />
  );
}
