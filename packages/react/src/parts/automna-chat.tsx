"use client";

import { type ComponentPropsWithoutRef, type ReactElement, type ReactNode } from "react";

import type { PrepareFile } from "../composer/read-files.ts";
import { LanguageProvider, useStrings } from "../i18n/language.tsx";
import type { Strings } from "../i18n/strings.ts";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { ChatProvider } from "../runtime/provider.tsx";
import { useLatestReport } from "../runtime/use-latest-report.ts";
import { useClawdbotRuntime, type ClawdbotRuntimeOptions } from "../runtime/use-clawdbot-runtime.ts";
import { ThreadScrollProvider } from "../scroll/thread-scroll-context.tsx";
import { useShowMessage } from "../scroll/use-show-message.ts";
import { Approvals } from "./approvals.tsx";
import { ChatHeader } from "./chat-header.tsx";
import { useChatPanels } from "./chat-panels.tsx";
import { classNames } from "./class-names.ts";
import { Composer } from "./composer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Announcer, JumpToLatest } from "./deferred-parts.tsx";
import { ErrorBoundary, ErrorReportProvider } from "./error-boundary.tsx";
import { Icon } from "./icons.tsx";
import { NoticeBar } from "./notice-bar.tsx";
import { Questions } from "./questions.tsx";
import { Thread } from "./thread.tsx";
import { Trouble } from "./trouble.tsx";

const ignore = () => undefined;

/** How the chat looks, whatever it is connected to. */
export interface ChatAppearance extends Omit<
  ComponentPropsWithoutRef<"section">,
  "title" | "children" | "onError"
> {
  /** Default: the word for the assistant. */
  readonly title?: ReactNode;
  /** At the end of the header: links and buttons of the host's. */
  readonly actions?: ReactNode;
  /** Shown in a conversation without messages. */
  readonly empty?: ReactNode;
  /** In place of the header; `null` for none. */
  readonly header?: ReactNode;
  /** Default `system`: as the browser prefers, or as the nearest `data-theme` says. */
  readonly theme?: "system" | "light" | "dark";
  /** Default: English, or the nearest {@link LanguageProvider}. */
  readonly strings?: Strings;
  /** The composer takes the focus when the chat appears. */
  readonly autoFocus?: boolean;
  /**
   * A message to show, by its id or, for instance from a link, by what `linkIdOf` named it by; earlier pages are loaded until
   * it is there.
   */
  readonly messageId?: string;
  /** Offers the list of sessions. Default `false`. */
  readonly sessions?: boolean;
  /** What is sent in place of a chosen, pasted or dropped file: a smaller picture, for instance. Default: the file itself. */
  readonly prepareFile?: PrepareFile;
  /** Told when a part could not be rendered. */
  readonly onError?: (error: unknown) => void;
}

/** A gateway to connect to, or a chat that the host holds itself. */
export type AutomnaChatProps = ChatAppearance &
  ((ClawdbotRuntimeOptions & { readonly runtime?: undefined }) | { readonly runtime: ChatRuntime });

/**
 * A whole chat with a gateway.
 *
 * @example
 * ```tsx
 * import { AutomnaChat } from "@automna/react";
 * import "@automna/react/styles.css";
 *
 * <AutomnaChat gatewayUrl="wss://gateway.example" authToken={token} sessionKey="main" />;
 * ```
 */
export function AutomnaChat(props: AutomnaChatProps): ReactElement {
  if (props.runtime) return <ChatSurface {...props} />;
  return <ConnectedChat {...props} />;
}

function ConnectedChat({
  runtime: _none,
  ...props
}: ChatAppearance & ClawdbotRuntimeOptions & { readonly runtime?: undefined }): ReactElement {
  const runtime = useClawdbotRuntime(props);
  return <ChatSurface {...appearanceOf(props)} runtime={runtime} />;
}

/** What is left without the options of the connection, of which none is an element's. */
function appearanceOf({
  gatewayUrl,
  authToken,
  sessionKey,
  device,
  scopes,
  client,
  storage,
  transport,
  environment,
  historyPageSize,
  storageScope,
  pool,
  createStore,
  ...appearance
}: ChatAppearance & ClawdbotRuntimeOptions): ChatAppearance {
  return appearance;
}

function ChatSurface({
  runtime,
  strings,
  ...frame
}: ChatAppearance & { readonly runtime: ChatRuntime }): ReactElement {
  const inherited = useStrings();
  return (
    <LanguageProvider strings={strings ?? inherited}>
      <ChatProvider runtime={runtime}>
        <ThreadScrollProvider>
          <ChatFrame {...frame} />
        </ThreadScrollProvider>
      </ChatProvider>
    </LanguageProvider>
  );
}

function ChatFrame({
  title,
  actions,
  empty,
  header,
  theme = "system",
  autoFocus,
  sessions,
  messageId,
  prepareFile,
  onError = ignore,
  className,
  ...rest
}: Omit<ChatAppearance, "strings">): ReactElement {
  const { chat, direction, locale } = useStrings();
  return (
    <section
      aria-label={chat.label}
      dir={direction}
      lang={locale}
      {...rest}
      className={classNames("automna-chat", className)}
      data-theme={theme === "system" ? undefined : theme}
    >
      <ErrorReportProvider value={useLatestReport(onError)}>
        <ErrorBoundary renderFallback={(_, reset) => <BrokenChat onReset={reset} />}>
          <ChatBody
            title={title}
            actions={actions}
            empty={empty}
            header={header}
            autoFocus={autoFocus ?? false}
            sessions={sessions ?? false}
            messageId={messageId ?? null}
            {...(prepareFile && { prepareFile })}
          />
        </ErrorBoundary>
      </ErrorReportProvider>
    </section>
  );
}

interface BodyProps {
  readonly title: ReactNode;
  readonly actions: ReactNode;
  readonly empty: ReactNode;
  readonly header: ReactNode;
  readonly autoFocus: boolean;
  readonly sessions: boolean;
  readonly messageId: string | null;
  readonly prepareFile?: PrepareFile;
}

function ChatBody({
  title,
  actions,
  empty,
  header,
  autoFocus,
  sessions,
  messageId,
  prepareFile,
}: BodyProps): ReactElement {
  const panels = useChatPanels(sessions);
  useShowMessage(messageId);
  return (
    <>
      {header === undefined ? (
        <ChatHeader title={title} start={panels.sessionsToggle}>
          {panels.findToggle}
          {actions}
        </ChatHeader>
      ) : (
        header
      )}
      <ConnectionBanner />
      {panels.find}
      <div className="automna-columns">
        {panels.sessions}
        <div className="automna-column">
          <Thread {...(empty !== undefined && { empty })} overlay={<JumpToLatest />} />
          <Approvals />
          <Questions />
          <NoticeBar />
          <Composer autoFocus={autoFocus} {...(prepareFile && { prepareFile })} />
        </div>
      </div>
      <Announcer />
    </>
  );
}

function BrokenChat({ onReset }: { readonly onReset: () => void }): ReactElement {
  const { chat } = useStrings();
  return (
    <div className="automna-thread-empty" role="alert">
      <Icon name="alert" />
      <Trouble title={chat.brokenChat} onRetry={onReset} />
    </div>
  );
}
