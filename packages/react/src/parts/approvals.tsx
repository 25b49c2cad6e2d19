"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useApprovals } from "../runtime/chat-hooks.ts";
import { classNames } from "./class-names.ts";
import { ApprovalCard } from "./deferred-parts.tsx";

/** What the agent asks to be allowed, oldest first. Its place is always there, so that a request is announced. */
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
