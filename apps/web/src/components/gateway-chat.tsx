"use client";

import { AutomnaChat, useClawdbotRuntime } from "@automna/react";
import type { Strings as ChatStrings } from "@automna/react/i18n";
import Link from "next/link";
import { useCallback, useRef } from "react";
import styles from "./gateway-chat.module.css";
import placeLink from "./place-link.module.css";
import { useStrings } from "../i18n/language.tsx";
import { tokenAfterRefusal } from "./gateway-poll.ts";
import { AppRequestNotice } from "./app-request.tsx";
import { type ApprovalPath, useDeviceApproval } from "./device-approval.ts";
import { useWakeOnUse, wakeGateway } from "./wake-on-use.ts";

export interface GatewayChatProps {
  readonly gatewayUrl: string;
  readonly authToken: string | null;
  readonly sessionKey: string;
  /** It is run elsewhere: this app neither wakes it nor knows another token of it. */
  readonly linked: boolean;
  /** Where this browser is approved when the gateway wants that; null: nowhere. */
  readonly approvalPath: ApprovalPath | null;
  readonly strings: ChatStrings;
}

const leave = () => Promise.resolve();

/** The conversation with a gateway that is up. A token that the gateway no longer takes is asked for again. */
export function GatewayChat({
  gatewayUrl,
  authToken,
  sessionKey,
  linked,
  approvalPath,
  strings,
}: GatewayChatProps) {
  const latest = useRef(authToken);
  useWakeOnUse(linked ? leave : wakeGateway);
  const provideToken = useCallback(
    async ({ reason, signal }: { reason: "connect" | "auth-failed"; signal: AbortSignal }) => {
      // While it is being rotated the gateway is on its way: that is waited for.
      if (reason === "auth-failed") latest.current = await tokenAfterRefusal(signal);
      return latest.current;
    },
    [],
  );
  const { dashboard } = useStrings().common;
  const runtime = useClawdbotRuntime(
    linked
      ? { gatewayUrl, authToken, sessionKey }
      : // A person's own gateway has an address that nobody else has, whatever its token is by now.
        { gatewayUrl, authToken: provideToken, sessionKey, storageScope: gatewayUrl },
  );
  const approval = useDeviceApproval(runtime, approvalPath);
  return (
    <>
      <AppRequestNotice {...approval} />
      <AutomnaChat
        autoFocus
        sessions
        className={styles.chat}
        runtime={runtime}
        strings={strings}
        actions={
          linked ? null : (
            <Link href="/dashboard" prefetch={false} className={placeLink.place}>
              {dashboard}
            </Link>
          )
        }
        title={
          <Link href="/" prefetch={false} className={styles.brand}>
            Automna
          </Link>
        }
      />
    </>
  );
}
