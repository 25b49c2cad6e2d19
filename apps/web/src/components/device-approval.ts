import { type ChatRuntime, useChatActions, useConnection } from "@automna/react";
import { useEffect } from "react";
import * as v from "valibot";
import { ask } from "../browser/ask.ts";

const approval = v.object({ approved: v.boolean() });

/** Has this browser approved when the person's own gateway wants that: being signed in is their word for it. */
export function useDeviceApproval(runtime: ChatRuntime, own: boolean): void {
  const connection = useConnection(runtime);
  const { reconnect } = useChatActions(runtime);
  const requestId = own && connection.status === "pairing" ? connection.requestId : null;
  useEffect(() => {
    if (requestId === null) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const body = { requestId };
    const approve = async () => {
      const question = {
        method: "POST",
        path: "/api/user/gateway/pair",
        body,
        answer: approval,
        signal,
      } as const;
      const answer = await ask(question).catch(() => null);
      // Otherwise the chat says what the gateway wants, and looks again by itself.
      if (answer?.kind === "ok" && answer.value.approved) reconnect();
    };
    void approve();
    return () => leaving.abort();
  }, [requestId, reconnect]);
}
