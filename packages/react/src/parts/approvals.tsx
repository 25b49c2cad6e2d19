"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useApprovals } from "../runtime/chat-hooks.ts";
import { classNames } from "./class-names.ts";
import { ApprovalCard } from "./deferred-parts.tsx";

/**
 * What the agent asks to be allowed, oldest first. Its place is always there, so that a request is announced. Takes the props of a
 * `section`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Approvals, ChatProvider, Composer, Thread, useClawdbotRuntime } from "@automna/react";
 *
 * function Chat() {
 *   const scopes = ["operator.read", "operator.write", "operator.approvals"];
 *   const runtime = useClawdbotRuntime({ gatewayUrl, authToken, scopes });
 *   return <ChatProvider runtime={runtime}><Thread /><Approvals /><Composer /></ChatProvider>;
 * }
 * ```
 */
export function Approvals({ className, ...rest }: ComponentPropsWithoutRef<"section">): ReactElement {
  const { approval } = useStrings();
  const approvals = useApprovals();
  return (
    <section
      {...rest}
      className={classNames("automna-approvals", className)}
      aria-label={approval.region}
      aria-live="assertive"
      aria-relevant="additions"
    >
      {approvals.map((one) => (
        <ApprovalCard key={one.id} approval={one} />
      ))}
    </section>
  );
}
