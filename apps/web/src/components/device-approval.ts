import { type ChatRuntime, useChatActions, useConnection } from "@automna/react";
import { useCallback, useEffect, useState } from "react";
import * as v from "valibot";
import { type Answer, ask } from "../browser/ask.ts";

/** Who approves a browser: the app on the person's own gateway, or on the one elsewhere that is theirs. */
export type ApprovalPath = "/api/user/gateway/pair" | "/api/chat-gateway/pair";

const approval = v.object({
  approved: v.boolean(),
  app: v.optional(v.nullable(v.object({ requestId: v.nullable(v.string()) })), null),
});

/** What keeps this browser from being approved, and waits for a person. */
type ApprovalObstacle =
  /** The app itself is not approved yet, and waits under that request. */
  | { readonly kind: "app-waits"; readonly requestId: string | null }
  | Extract<Answer<never>, { kind: "problem" }>;

export interface DeviceApproval {
  /** null: nothing. */
  readonly obstacle: ApprovalObstacle | null;
  /** Has another look taken: something was done about it. */
  readonly retry: () => void;
}

/** Has this browser approved when the person's gateway wants that: being signed in is their word for it. */
export function useDeviceApproval(
  runtime: ChatRuntime,
  /** null: nobody approves it from here. */
  path: ApprovalPath | null,
): DeviceApproval {
  const connection = useConnection(runtime);
  const { reconnect } = useChatActions(runtime);
  const [obstacle, setObstacle] = useState<ApprovalObstacle | null>(null);
  const retry = useCallback(() => {
    setObstacle(null);
    reconnect();
  }, [reconnect]);
  const requestId = connection.status === "pairing" ? connection.requestId : null;
  useEffect(() => {
    if (path === null || requestId === null) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const body = { requestId };
    const approve = async () => {
      const question = { method: "POST", path, body, answer: approval, signal } as const;
      const answer = await ask(question).catch(() => null);
      if (answer?.kind === "problem" && answer.status === 409) setObstacle(answer);
      // Otherwise the chat says what the gateway wants, and looks again by itself.
      if (answer?.kind !== "ok") return;
      const { approved, app } = answer.value;
      setObstacle(app && { kind: "app-waits", requestId: app.requestId });
      if (approved) reconnect();
    };
    void approve();
    return () => leaving.abort();
  }, [path, requestId, reconnect]);
  return { obstacle: connection.status === "ready" ? null : obstacle, retry };
}
