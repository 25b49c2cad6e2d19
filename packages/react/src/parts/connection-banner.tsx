"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { formatSeconds, secondsUntil, type ConnectionNotice } from "../connection/describe-connection.ts";
import { useNow } from "../connection/use-now.ts";
import { useConnectionNotice } from "../connection/use-connection-notice.ts";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatActions } from "../runtime/chat-hooks.ts";
import { classNames } from "./class-names.ts";
import { PairingHelp } from "./deferred-parts.tsx";
import { Icon, type IconName } from "./icons.tsx";

const ICONS: Record<ConnectionNotice["tone"], IconName> = {
  progress: "spark",
  waiting: "offline",
  attention: "clock",
  problem: "alert",
};

/**
 * One line about a connection that is not ready, with what to do about it. Its place in the page is always there, so
 * that a screen reader hears it change. Takes the props of a `div`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatProvider, ConnectionBanner, Thread } from "@automna/react";
 * import type { ChatRuntime } from "@automna/react";
 *
 * const Chat = ({ runtime }: { runtime: ChatRuntime }) => (
 *   <ChatProvider runtime={runtime}><ConnectionBanner /><Thread /></ChatProvider>
 * );
 * ```
 */
export function ConnectionBanner({ className, ...rest }: ComponentPropsWithoutRef<"div">): ReactElement {
  const notice = useConnectionNotice();
  return (
    <div {...rest} className={classNames("automna-connection", className)}>
      <div role="status">
        {notice && (
          <div className="automna-banner" data-tone={notice.tone}>
            <Icon name={ICONS[notice.tone]} />
            <div className="automna-banner-text">
              <strong className="automna-banner-title">{notice.title}</strong>
              {notice.detail !== null && <span> {notice.detail}</span>}
              <RetryCountdown retryAt={notice.tone === "waiting" ? notice.retryAt : null} />
            </div>
            {notice.canReconnect && <ReconnectButton pairing={notice.tone === "attention"} />}
          </div>
        )}
      </div>
      {notice?.tone === "attention" && <PairingHelp requestId={notice.requestId} />}
    </div>
  );
}

function ReconnectButton({ pairing }: { readonly pairing: boolean }): ReactElement {
  const { connection } = useStrings();
  const { reconnect } = useChatActions();
  return (
    <button type="button" className="automna-button" data-size="small" onClick={() => reconnect()}>
      {pairing ? connection.checkNow : connection.reconnect}
    </button>
  );
}

/** Hidden from assistive technology: a number that changes every second would be read every second. */
function RetryCountdown({ retryAt }: { readonly retryAt: number | null }): ReactElement | null {
  const { connection, locale } = useStrings();
  const now = useNow(retryAt !== null);
  if (retryAt === null) return null;
  const time = formatSeconds(secondsUntil(retryAt, now), locale);
  return (
    <span className="automna-banner-countdown" aria-hidden="true">
      {" "}
      {fill(connection.retryIn, { time })}
    </span>
  );
}
