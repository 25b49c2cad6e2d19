"use client";

import type { Approval, ApprovalDecision } from "@automna/client";
import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useChatActions } from "../runtime/chat-hooks.ts";
import { showBidiControls } from "../markdown/bidi.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { Expiry } from "./expiry.tsx";
import { Icon } from "./icons.tsx";
import { reveal } from "./reveal.ts";

const DECISIONS: readonly {
  readonly decision: ApprovalDecision;
  readonly label: "allowOnce" | "allowAlways" | "deny";
  readonly look: string | undefined;
}[] = [
  { decision: "allow-once", label: "allowOnce", look: "primary" },
  { decision: "allow-always", label: "allowAlways", look: undefined },
  { decision: "deny", label: "deny", look: "danger" },
];

/** What {@link ApprovalCard} shows. */
export interface ApprovalCardProps {
  /** One of {@link useApprovals}. */
  readonly approval: Approval;
}

/**
 * One request: exactly what is to be done, and the answers that the gateway takes. Without the right to answer it says so.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ApprovalCard, useApprovals } from "@automna/react";
 *
 * function OldestRequest() {
 *   const [oldest] = useApprovals();
 *   return oldest ? <ApprovalCard approval={oldest} /> : null;
 * }
 * ```
 */
export function ApprovalCard({ approval }: ApprovalCardProps): ReactElement {
  const { approval: words } = useStrings();
  const { resolveApproval } = useChatActions();
  const canApprove = useCapabilities()?.canApprove === true;
  const resolving = approval.state === "resolving";
  return (
    <article className="automna-approval" aria-label={words[approval.kind]} aria-busy={resolving}>
      <p className="automna-approval-title">
        <Icon name="alert" />
        <strong>{words[approval.kind]}</strong>
        <Expiry at={approval.expiresAt} />
      </p>
      <Told text={approval.title === approval.command ? null : approval.title} />
      {approval.command !== null && (
        <pre className="automna-tool-text" dir="ltr" tabIndex={0} role="group" aria-label={words.exec}>
          {reveal(approval.command)}
        </pre>
      )}
      <Place label={words.host} text={approval.host} />
      <Place label={words.cwd} text={approval.cwd} />
      <Told text={approval.warning} />
      <Told text={approval.detail} />
      {!canApprove && <p className="automna-approval-text">{words.cannotAnswer}</p>}
      {canApprove && (
        <div className="automna-row-buttons">
          {DECISIONS.filter(({ decision }) => approval.allowedDecisions.includes(decision)).map(
            ({ decision, label, look }) => (
              <button
                key={decision}
                type="button"
                className="automna-button"
                data-look={look}
                aria-disabled={resolving}
                onClick={() => {
                  if (!resolving) toldByNotice(resolveApproval(approval.id, decision));
                }}
              >
                {words[label]}
              </button>
            ),
          )}
          {resolving && <span className="automna-approval-text">{words.resolving}</span>}
        </div>
      )}
    </article>
  );
}

function Told({ text }: { readonly text: string | null }): ReactElement | null {
  return text === null ? null : <p className="automna-approval-text">{showBidiControls(text)}</p>;
}

interface PlaceProps {
  readonly label: string;
  readonly text: string | null;
}

function Place({ label, text }: PlaceProps): ReactElement | null {
  if (text === null) return null;
  return (
    <p className="automna-approval-text">
      {label}: <code dir="ltr">{reveal(text)}</code>
    </p>
  );
}
