"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import styles from "./chat-screen.module.css";
import { GatewayChat } from "./gateway-chat.tsx";
import { followGateway, type GatewayState } from "./gateway-poll.ts";
import { Notice } from "./notice.tsx";
import { phaseText } from "./phase-text.ts";

/** The chat with the person's own gateway, or what stands between them and it. */
export function ChatScreen() {
  const [gateway, setGateway] = useState<GatewayState>({ status: "loading" });
  useEffect(() => {
    const leaving = new AbortController();
    followGateway(setGateway, leaving.signal).catch((error: unknown) => {
      if (!leaving.signal.aborted) throw error;
    });
    return () => leaving.abort();
  }, []);
  return (
    <main className={styles.screen}>
      <h1 className={styles.hidden}>Chat with your agent</h1>
      {gateway.status === "ready" ? (
        <GatewayChat
          gatewayUrl={gateway.gatewayUrl}
          authToken={gateway.authToken}
          sessionKey={gateway.sessionKey}
        />
      ) : (
        <Waiting gateway={gateway} />
      )}
    </main>
  );
}

function Waiting({ gateway }: { gateway: Exclude<GatewayState, { status: "ready" }> }) {
  switch (gateway.status) {
    case "loading":
      return <Notice busy title="Looking for your agent" />;
    case "provisioning":
      return (
        <Notice busy title="Your agent is starting">
          {phaseText(gateway.phase)}
          {gateway.elapsedMs >= 2000 && `, for ${Math.round(gateway.elapsedMs / 1000)} s`}
        </Notice>
      );
    case "failed":
      return <Notice title="Your agent does not run">{gateway.sentence}</Notice>;
    case "signed-out":
      return (
        <Notice title="You are signed out">
          <Link href="/sign-in" prefetch={false}>
            Sign in
          </Link>{" "}
          to talk to your agent.
        </Notice>
      );
  }
}
