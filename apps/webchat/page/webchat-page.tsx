import { createChatStore, httpTransport } from "@automna/client";
import { AutomnaChat, runtimeOf, tabDrafts, type ChatRuntime } from "@automna/react";
import type { Strings } from "@automna/react/i18n";
import { useEffect, useMemo, useState, type ReactElement, type ReactNode } from "react";

import { PageAccess, type Opening } from "./access-key.ts";
import { watchAwake } from "./awake.ts";
import { smallerPicture } from "./smaller-picture.ts";
import type { PageStrings } from "./strings.ts";

/** How long the page waits before it asks an unreachable server again, milliseconds. */
const AGAIN_MS = 3_000;

export interface WebchatPageProps {
  readonly ticket: string | null;
  readonly strings: Strings;
  readonly words: PageStrings;
}

/** Asks the server once, again while it cannot be reached, and never twice with one ticket. */
function useOpening(ticket: string | null): {
  readonly opening: Opening | null;
  readonly access: PageAccess;
  readonly again: () => void;
} {
  const [opening, setOpening] = useState<Opening | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [opener] = useState(() => {
    let left = ticket;
    const access = new PageAccess({
      fetch: (input, init) => fetch(input, init),
      storage: sessionStorage,
      onLocked: () => setOpening((present) => (present?.kind === "open" ? { kind: "needs-link" } : present)),
    });
    let last: { readonly attempt: number; readonly answer: Promise<Opening> } | null = null;
    return {
      access,
      /** StrictMode runs effects twice; a ticket works once. */
      async ask(number: number): Promise<Opening> {
        if (last?.attempt !== number) last = { attempt: number, answer: access.open(left) };
        const answer = await last.answer;
        if (answer.kind !== "unreachable") left = null;
        return answer;
      },
    };
  });
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const answer = await opener.ask(attempt);
      if (!isWanted) return;
      setOpening(answer);
      if (answer.kind === "unreachable") timer = setTimeout(() => setAttempt(attempt + 1), AGAIN_MS);
    };
    void look();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [opener, attempt]);
  return { opening, access: opener.access, again: () => setAttempt((number) => number + 1) };
}

/** The chat, or what keeps it from being shown and how to mend it. */
export function WebchatPage({ ticket, strings, words }: WebchatPageProps): ReactElement {
  const { opening, access, again } = useOpening(ticket);
  const retry = (
    <button type="button" className="webchat-button" onClick={again}>
      {words.tryAgain}
    </button>
  );
  switch (opening?.kind) {
    case "open":
      return <Chat access={access} sessionKey={opening.sessionKey} strings={strings} words={words} />;
    case "unreachable":
      return (
        <Notice role="alert" title={words.unreachable} action={retry}>
          {words.unreachableHelp}
        </Notice>
      );
    case "needs-link":
      return (
        <Notice role="alert" title={words.needsLink}>
          {words.needsLinkHelp} <code dir="ltr">automna-webchat --url</code>
        </Notice>
      );
    default:
      return <Notice role="status" title={words.opening} />;
  }
}

interface ChatProps {
  readonly access: PageAccess;
  /** The session that the server opens when the address names none. */
  readonly sessionKey: string;
  readonly strings: Strings;
  readonly words: PageStrings;
}

function newRuntime(access: PageAccess, sessionKey: string): ChatRuntime {
  const gatewayUrl = `${window.location.origin}/webchat/stream?session=${encodeURIComponent(sessionKey)}`;
  const store = createChatStore({
    gatewayUrl,
    authToken: null,
    device: "off",
    sessionKey,
    storageScope: "webchat",
    transport: httpTransport({ fetch: access.fetch }),
  });
  return runtimeOf(store, tabDrafts("webchat"));
}

function Chat({ access, sessionKey: usual, strings, words }: ChatProps): ReactElement {
  const sessionKey = new URLSearchParams(window.location.search).get("session") ?? usual;
  const runtime = useMemo(() => newRuntime(access, sessionKey), [access, sessionKey]);
  const [isAwake, setAwake] = useState(true);
  useEffect(() => {
    const isBusy = () => {
      const { runs, outbox } = runtime.store.getState();
      return runs.length > 0 || outbox.length > 0;
    };
    return watchAwake({ page: document, isBusy, onChange: setAwake });
  }, [runtime]);
  useEffect(() => (isAwake ? runtime.store.start() : undefined), [isAwake, runtime]);
  return (
    <main>
      <h1 className="webchat-heading">{words.title}</h1>
      <AutomnaChat autoFocus runtime={runtime} strings={strings} prepareFile={smallerPicture} />
    </main>
  );
}

interface NoticeProps {
  readonly role: "alert" | "status";
  readonly title: string;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

function Notice({ role, title, action, children }: NoticeProps): ReactElement {
  return (
    <main className="webchat-notice">
      <div role={role}>
        <h1>{title}</h1>
        {children !== undefined && <p>{children}</p>}
      </div>
      {action}
    </main>
  );
}
