"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useConnection } from "../runtime/chat-hooks.ts";
import { useConnectionNotice } from "../connection/use-connection-notice.ts";

/**
 * The connection as a small coloured sign with its name; {@link ConnectionBanner} says the rest.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ConnectionDot } from "@automna/react";
 *
 * const Title = () => <h2>Support <ConnectionDot /></h2>;
 * ```
 */
export function ConnectionDot(): ReactElement {
  const { connection: words } = useStrings();
  const { status } = useConnection();
  const notice = useConnectionNotice();
  const label = notice?.title ?? (status === "ready" ? words.ready : words.idle);
  return <span className="automna-dot" data-status={status} role="img" aria-label={label} title={label} />;
}
