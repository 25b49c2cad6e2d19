"use client";

import type { Strings as ChatStrings } from "@automna/react/i18n";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { answerText } from "./answer-text.ts";
import { Button } from "./button.tsx";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import styles from "./chat-screen.module.css";
import { GatewayChat } from "./gateway-chat.tsx";
import { followGateway, type GatewayState, isAboutGateway } from "./gateway-poll.ts";
import { takeLinkedToken } from "./linked-token.ts";
import { Notice } from "./notice.tsx";
import { phaseText } from "./phase-text.ts";

export interface ChatScreenProps {
  readonly chatStrings: ChatStrings;
  /** The single gateway elsewhere that a link with a token leads to; null: there is none. */
  readonly linkedGatewayUrl: string | null;
  /** Whether the app approves the browsers of that gateway's owner. */
  readonly approvesLinked: boolean;
}

/** The chat with the person's own gateway, or what stands between them and it. */
export function ChatScreen(props: ChatScreenProps) {
  // How often the person wanted it started again: each time everything begins anew.
  const [starts, setStarts] = useState(0);
  return <Chat key={starts} {...props} onStart={() => setStarts((before) => before + 1)} />;
}

interface StartProps {
  /** The person wants their gateway started. */
  readonly onStart: () => void;
}

function Chat({ chatStrings, linkedGatewayUrl, approvesLinked, onStart }: ChatScreenProps & StartProps) {
  const { landing } = useStrings();
  const [gateway, setGateway] = useState<GatewayState>({ status: "loading" });
  // Read by the first effect; the second one of a strict React finds it here.
  const linked = useRef<string | null>(null);
  useEffect(() => {
    linked.current = takeLinkedToken() ?? linked.current;
    if (linkedGatewayUrl !== null && linked.current !== null) {
      setGateway({
        status: "ready",
        gatewayUrl: linkedGatewayUrl,
        authToken: linked.current,
        sessionKey: "main",
        linked: true,
      });
      return undefined;
    }
    const leaving = new AbortController();
    followGateway(setGateway, leaving.signal).catch((error: unknown) => {
      if (!leaving.signal.aborted) throw error;
    });
    return () => leaving.abort();
  }, [linkedGatewayUrl]);
  const linkedApprovalPath = approvesLinked ? "/api/chat-gateway/pair" : null;
  return (
    <main className={styles.screen}>
      <h1 className={styles.hidden}>{landing.openChat}</h1>
      {gateway.status === "ready" ? (
        <GatewayChat
          gatewayUrl={gateway.gatewayUrl}
          authToken={gateway.authToken}
          sessionKey={gateway.sessionKey}
          linked={gateway.linked ?? false}
          approvalPath={gateway.linked ? linkedApprovalPath : "/api/user/gateway/pair"}
          strings={chatStrings}
        />
      ) : (
        <Waiting gateway={gateway} onStart={onStart} />
      )}
    </main>
  );
}

interface WaitingProps extends StartProps {
  readonly gateway: Exclude<GatewayState, { status: "ready" }>;
}

function Waiting({ gateway, onStart }: WaitingProps) {
  const strings = useStrings();
  const { agent, dashboard } = strings;
  switch (gateway.status) {
    case "loading":
      return <Notice busy title={agent.looking} />;
    case "provisioning":
      return (
        <Notice busy title={agent.starting}>
          {phaseText(gateway.phase, agent.phase)}
          {gateway.elapsedMs >= 2000 &&
            `, ${fill(agent.forSeconds, { seconds: Math.round(gateway.elapsedMs / 1000) })}`}
        </Notice>
      );
    case "failed":
      return (
        <Notice title={isAboutGateway(gateway.trouble) ? agent.doesNotRun : agent.notKnown}>
          {answerText(gateway.trouble, strings)}
        </Notice>
      );
    case "stopped":
    case "deleted":
      return (
        <Notice title={`${dashboard.title}: ${agent.state[gateway.status]}`}>
          <Button tone="main" onClick={onStart}>
            {gateway.status === "stopped" ? dashboard.wake : dashboard.create}
          </Button>
        </Notice>
      );
    case "signed-out":
      return (
        <Notice title={agent.signedOut}>
          <Link href="/sign-in" prefetch={false}>
            {agent.signedOutText}
          </Link>
        </Notice>
      );
  }
}
