"use client";

import { useId, useRef, useState, type ReactElement, type ReactNode, type Ref } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { FindBar, SessionList } from "./deferred-parts.tsx";
import { Icon, type IconName } from "./icons.tsx";

/** What opens beside and above the thread, with the buttons that open it. */
export interface ChatPanels {
  readonly sessionsToggle: ReactNode;
  readonly sessions: ReactNode;
  readonly findToggle: ReactNode;
  readonly find: ReactNode;
}

/** In a narrower chat the list lies over the thread (`panels.css`: 44rem), so it goes once a session is chosen. */
const DRAWER_BELOW_PX = 704;

export function useChatPanels(withSessions: boolean): ChatPanels {
  const words = useStrings();
  const scroll = useThreadScroll();
  const sessionsId = useId();
  const [sessionsOpen, setSessionsOpen] = useState(false);
  const [findOpen, setFindOpen] = useState(false);
  const sessionsButton = useRef<HTMLButtonElement>(null);
  const findButton = useRef<HTMLButtonElement>(null);

  const closeFind = () => {
    setFindOpen(false);
    scroll.clearTarget();
    findButton.current?.focus();
  };
  const closeSessions = () => {
    setSessionsOpen(false);
    sessionsButton.current?.focus();
  };
  const liesOverThread = () => {
    const width = sessionsButton.current?.closest(".automna-chat")?.clientWidth ?? Infinity;
    return width < DRAWER_BELOW_PX;
  };
  return {
    sessionsToggle: withSessions && (
      <Toggle
        button={sessionsButton}
        icon="sidebar"
        label={words.sessions.open}
        open={sessionsOpen}
        controls={sessionsId}
        onToggle={() => setSessionsOpen(!sessionsOpen)}
      />
    ),
    sessions: withSessions && sessionsOpen && (
      <SessionList
        id={sessionsId}
        onKeyDown={(event) => {
          if (event.key === "Escape") closeSessions();
        }}
        onOpened={() => {
          if (liesOverThread()) closeSessions();
        }}
        onBlur={({ currentTarget, relatedTarget }) => {
          const isGone = relatedTarget !== null && !currentTarget.contains(relatedTarget);
          // What has the focus now would be under the list (WCAG 2.4.11).
          if (isGone && relatedTarget !== sessionsButton.current && liesOverThread()) setSessionsOpen(false);
        }}
      />
    ),
    findToggle: (
      <Toggle
        button={findButton}
        icon="search"
        label={words.find.open}
        open={findOpen}
        onToggle={() => (findOpen ? closeFind() : setFindOpen(true))}
      />
    ),
    find: findOpen && <FindBar onClose={closeFind} />,
  };
}

interface ToggleProps {
  readonly button: Ref<HTMLButtonElement>;
  readonly icon: IconName;
  readonly label: string;
  readonly open: boolean;
  readonly controls?: string;
  readonly onToggle: () => void;
}

function Toggle({ button, icon, label, open, controls, onToggle }: ToggleProps): ReactElement {
  return (
    <button
      ref={button}
      type="button"
      className="automna-icon-button"
      title={label}
      aria-label={label}
      aria-expanded={open}
      aria-controls={open ? controls : undefined}
      onClick={onToggle}
    >
      <Icon name={icon} />
    </button>
  );
}
