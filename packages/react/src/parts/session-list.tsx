"use client";

import type { LoadedSessions, SessionSummary } from "@automna/client";
import { useRef, useState, type ComponentPropsWithoutRef, type ReactElement } from "react";

import { formatDay, formatTime } from "../i18n/formats.ts";
import { useNow } from "../connection/use-now.ts";
import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useChatActions, useSessionKey, useSessions } from "../runtime/chat-hooks.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { classNames } from "./class-names.ts";
import { LateIcon } from "./late-icons.tsx";
import { SessionMenu } from "./session-menu.tsx";

/** A nav element's own props, and what follows a choice. */
export interface SessionListProps extends Omit<ComponentPropsWithoutRef<"nav">, "children"> {
  /** Called when the person has opened a session, for instance to close a drawer. */
  readonly onOpened?: () => void;
}

/**
 * The gateway's sessions, live: open one, make a new one, rename, reset, delete, each where the gateway lets this person.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer, SessionList, Thread } from "@automna/react";
 *
 * const Chat = ({ closeDrawer }: { closeDrawer: () => void }) => (
 *   <><SessionList onOpened={closeDrawer} /><Thread /><Composer /></>
 * );
 * ```
 */
export function SessionList({ onOpened, className, ...rest }: SessionListProps): ReactElement {
  const { sessions: words } = useStrings();
  const list = useSessions();
  const actions = useChatActions();
  const canCreate = useCapabilities()?.canCreateSession === true;
  const { items, hasMore } = list.status === "none" ? NOTHING : list;
  const rows = useRef<HTMLUListElement>(null);
  return (
    <nav {...rest} className={classNames("automna-sessions", className)} aria-label={words.label}>
      {canCreate && (
        <button
          type="button"
          className="automna-button"
          onClick={() => {
            toldByNotice(actions.createSession());
            onOpened?.();
          }}
        >
          <LateIcon name="plus" />
          {words.create}
        </button>
      )}
      <ul ref={rows} className="automna-session-items">
        {items.map((session) => (
          <SessionItem
            key={session.key}
            session={session}
            onOpen={() => {
              actions.switchSession(session.key);
              onOpened?.();
            }}
          />
        ))}
      </ul>
      {(items.length === 0 || list.status === "failed") && <SessionsNote status={list.status} />}
      {hasMore && (
        <ShowMore
          // The row that follows the last one is where the person goes on.
          onShown={() => rows.current?.children[items.length]?.querySelector("button")?.focus()}
        />
      )}
    </nav>
  );
}

const NOTHING: LoadedSessions = { items: [] };

function ShowMore({ onShown }: { readonly onShown: () => void }): ReactElement {
  const { sessions: words } = useStrings();
  const { loadMoreSessions } = useChatActions();
  const [isLoading, setLoading] = useState(false);
  const show = async (button: HTMLButtonElement) => {
    setLoading(true);
    try {
      await loadMoreSessions();
      const { activeElement } = document;
      // Who went elsewhere meanwhile stays there.
      if (activeElement === button || activeElement === document.body) onShown();
    } finally {
      setLoading(false);
    }
  };
  return (
    <button
      type="button"
      className="automna-button"
      data-look="quiet"
      aria-disabled={isLoading}
      onClick={({ currentTarget }) => {
        if (!isLoading) toldByNotice(show(currentTarget));
      }}
    >
      {isLoading ? words.loading : words.more}
    </button>
  );
}

function SessionsNote({
  status,
}: {
  readonly status: "none" | "loading" | "ready" | "failed";
}): ReactElement {
  const { sessions: words } = useStrings();
  const text = { none: words.loading, loading: words.loading, ready: words.none, failed: words.failed }[
    status
  ];
  return (
    <p className="automna-message-note" role={status === "failed" ? "alert" : "status"}>
      {text}
    </p>
  );
}

/** What to call a session that nobody named. */
export function titleOf(
  session: Pick<SessionSummary, "key" | "title">,
  words: { readonly main: string; readonly untitled: string },
): string {
  const name = session.key.replace(/^agent:[^:]+:/, "");
  if (session.title !== "" && session.title !== session.key && session.title !== name) return session.title;
  if (name === "main") return words.main;
  return name === "" || MADE_UP.test(name) ? words.untitled : name;
}

/** Names of sessions that were made here say nothing to anybody. */
const MADE_UP = /^web-[0-9a-f]{8}$/;

interface SessionItemProps {
  readonly session: SessionSummary;
  readonly onOpen: () => void;
}

function SessionItem({ session, onOpen }: SessionItemProps): ReactElement {
  const { sessions: words } = useStrings();
  const current = useSessionKey() === session.key;
  const title = titleOf(session, words);
  const state = session.running ? words.running : session.unread ? words.unread : null;
  return (
    <li className="automna-session" data-current={current || undefined}>
      <button
        type="button"
        className="automna-session-open"
        aria-current={current ? "true" : undefined}
        onClick={onOpen}
      >
        <span className="automna-session-title" dir="auto">
          {title}
        </span>
        <span className="automna-session-detail" dir="auto">
          <SessionTime at={session.updatedAt} />
          {session.preview}
        </span>
        {state !== null && (
          <span className="automna-session-state" data-running={session.running || undefined}>
            <span className="automna-visually-hidden">{state}</span>
          </span>
        )}
      </button>
      <SessionMenu session={session} title={title} />
    </li>
  );
}

function SessionTime({ at }: { readonly at: number | null }): ReactElement | null {
  const strings = useStrings();
  const now = useNow(false);
  if (at === null) return null;
  const day = formatDay(at, now, strings);
  return (
    <time dateTime={new Date(at).toISOString()}>
      {day === strings.chat.today ? formatTime(at, strings.locale) : day}{" "}
    </time>
  );
}
