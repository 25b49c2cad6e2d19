import { type ChatRuntime, useChatActions, useConnection } from "@automna/react";
import { useEffect, useState } from "react";
import * as v from "valibot";
import { ask } from "../browser/ask.ts";

/** Who approves a browser: the app on the person's own gateway, or on the one elsewhere that is theirs. */
export type ApprovalPath = "/api/user/gateway/pair" | "/api/chat-gateway/pair";

const approval = v.object({
  approved: v.boolean(),
  app: v.optional(v.nullable(v.object({ requestId: v.nullable(v.string()) })), null),
});

/** The app itself is not approved yet, and waits under that request. */
export type AppRequest = NonNullable<v.InferOutput<typeof approval>["app"]>;

/**
 * Has this browser approved when the person's gateway wants that: being signed in is their word for it.
 *
 * @param path null: nobody approves it from here.
 * @returns What the gateway's owner has to approve first; null: nothing.
 */
export function useDeviceApproval(runtime: ChatRuntime, path: ApprovalPath | null): AppRequest | null {
  const connection = useConnection(runtime);
  const { reconnect } = useChatActions(runtime);
  const [app, setApp] = useState<AppRequest | null>(null);
  const requestId = connection.status === "pairing" ? connection.requestId : null;
  useEffect(() => {
    if (path === null || requestId === null) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const body = { requestId };
    const approve = async () => {
      const question = { method: "POST", path, body, answer: approval, signal } as const;
      const answer = await ask(question).catch(() => null);
      // Otherwise the chat says what the gateway wants, and looks again by itself.
      if (answer?.kind !== "ok") return;
      setApp(answer.value.app);
      if (answer.value.approved) reconnect();
    };
    void approve();
    return () => leaving.abort();
  }, [path, requestId, reconnect]);
  return connection.status === "ready" ? null : app;
}
