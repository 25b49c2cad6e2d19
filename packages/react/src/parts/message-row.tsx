"use client";

import { messageText, type Message } from "@automna/client";
import { memo, useEffect, useMemo, useRef, type ReactElement, type ReactNode } from "react";

import { fill } from "../i18n/fill.ts";
import { formatTime } from "../i18n/formats.ts";
import { useStrings } from "../i18n/language.tsx";
import { useMessage } from "../runtime/chat-hooks.ts";
import { useThreadScroll, useThreadScrollState } from "../scroll/thread-scroll-context.tsx";
import { MessageEditor, ShowAll } from "./deferred-parts.tsx";
import { describeMessageError } from "./describe-message-error.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { Icon } from "./icons.tsx";
import { isFinished, MessageActions } from "./message-actions.tsx";
import { MessageParts } from "./message-parts.tsx";
import { SendStatus } from "./send-status.tsx";
import { DaySeparator, UnreadSeparator } from "./separators.tsx";
import { Typing } from "./typing.tsx";
import { useEditing } from "./use-editing.ts";

/** Which message {@link MessageRow} shows, by its id. */
export interface MessageRowProps {
  /** One of {@link useMessageIds}. */
  readonly id: string;
  /** The message above, for the date between them; `undefined` for the first one. */
  readonly previousId: string | undefined;
  /** It has the focus, but is far from the viewport: so many CSS pixels below the first row, out of the flow. */
  readonly awayAt?: number | undefined;
}

/**
 * One row of the thread: date, mark of the first unread message, and the message. Renders again only for its own message. One that
 * cannot be rendered shows its text.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { MessageRow, useMessageIds } from "@automna/react";
 *
 * function AllRows() {
 *   const ids = useMessageIds();
 *   return <>{ids.map((id, index) => <MessageRow key={id} id={id} previousId={ids[index - 1]} />)}</>;
 * }
 * ```
 */
export const MessageRow = memo(function MessageRow({
  id,
  previousId,
  awayAt,
}: MessageRowProps): ReactElement | null {
  const message = useMessage(id);
  const unread = useThreadScrollState((state) => state.unreadFrom === id);
  if (!message) return null;
  return (
    <div
      className="automna-row"
      data-row-id={id}
      data-away={awayAt === undefined ? undefined : ""}
      style={awayAt === undefined ? undefined : { insetBlockStart: awayAt }}
    >
      <GuardedMessage message={message}>
        <DaySeparator id={id} previousId={previousId} />
        {unread && <UnreadSeparator />}
        <MessageView message={message} />
      </GuardedMessage>
    </div>
  );
});

/** What stands in for a row that cannot be rendered: its text, as it is. */
function GuardedMessage({
  message,
  children,
}: {
  readonly message: Message;
  readonly children: ReactNode;
}): ReactElement {
  const { chat } = useStrings();
  return (
    <ErrorBoundary
      resetKey={message}
      renderFallback={() => (
        <div className="automna-message" data-role={message.role} data-broken="">
          <p className="automna-message-problem">
            <Icon name="alert" /> {chat.cannotShow}
          </p>
          <pre className="automna-tool-text">{messageText(message)}</pre>
        </div>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}

/**
 * A message with everything that belongs to it: text, files, tools, thoughts, how far a send is, and what can be done about it.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { MessageView, useMessage, useMessageIds } from "@automna/react";
 *
 * function LastMessage() {
 *   const last = useMessage(useMessageIds().at(-1) ?? "");
 *   return last ? <MessageView message={last} /> : null;
 * }
 * ```
 */
export function MessageView({ message }: { readonly message: Message }): ReactElement {
  const { chat, locale } = useStrings();
  const [editing, edit, closeEditor] = useEditing(message);
  const { ref, target } = useTarget(message.id);
  const who = { user: chat.you, assistant: chat.assistant, system: chat.system }[message.role];
  const label = useMemo(
    () => fill(chat.messageBy, { who, time: formatTime(message.createdAt, locale) }),
    [chat.messageBy, who, message.createdAt, locale],
  );
  return (
    <article
      ref={ref}
      className="automna-message"
      data-role={message.role}
      data-status={message.status}
      data-target={target || undefined}
      data-message-id={message.id}
      aria-label={label}
      tabIndex={-1}
    >
      {editing ? (
        <MessageEditor message={message} autoFocus={editing === "asked"} onClose={closeEditor} />
      ) : (
        <div className="automna-message-body">
          <MessageParts message={message} />
          {message.status === "streaming" && message.parts.length === 0 && <Typing />}
          {message.truncated === true && <ShowAll id={message.id} />}
        </div>
      )}
      {message.role === "user" ? <SendStatus message={message} /> : <ReplyProblem message={message} />}
      {!editing && message.role !== "system" && isFinished(message) && (
        <MessageActions message={message} onEdit={edit} />
      )}
    </article>
  );
}

/** Takes the focus when somebody asked for this message, so that reading goes on from there. */
function useTarget(id: string) {
  const ref = useRef<HTMLElement>(null);
  const scroll = useThreadScroll();
  const target = useThreadScrollState((state) => {
    if (state.target !== id) return "other";
    return state.focusTarget ? "focused" : "shown";
  });
  useEffect(() => {
    if (target !== "focused") return;
    ref.current?.focus({ preventScroll: true });
    scroll.focused();
  }, [scroll, target]);
  return { ref, target: target !== "other" };
}

function ReplyProblem({ message }: { readonly message: Message }): ReactElement | null {
  const strings = useStrings();
  if (message.status === "aborted")
    return <p className="automna-message-note">{strings.message.status.aborted}</p>;
  if (message.status !== "error") return null;
  return (
    <p className="automna-message-problem">
      <Icon name="alert" />
      <span>
        <strong>{strings.message.status.error}</strong>{" "}
        {message.error ? describeMessageError(message.error, strings) : null}
      </span>
    </p>
  );
}
