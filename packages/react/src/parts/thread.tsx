"use client";

import { selectMessage, type ChatState, type ConnectionState, type MessageError } from "@automna/client";
import {
  useEffect,
  useRef,
  type ComponentPropsWithoutRef,
  type ReactElement,
  type ReactNode,
  type RefObject,
} from "react";

import { prepareFormats } from "../i18n/formats.ts";
import { useStrings } from "../i18n/language.tsx";
import {
  useChatActions,
  useQuietState,
  useConnection,
  useHistory,
  useMessageIds,
} from "../runtime/chat-hooks.ts";
import { useBeforePaint } from "../runtime/before-paint.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { ThreadScrollProvider, useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { classNames } from "./class-names.ts";
import { loadDeferredPartsWhenIdle, MessageMarkdown, Rehearsal } from "./deferred-parts.tsx";
import { describeMessageError } from "./describe-message-error.ts";
import { EmptyThread } from "./empty-thread.tsx";
import { Icon } from "./icons.tsx";
import { MessageList } from "./message-list.tsx";
import { Trouble } from "./trouble.tsx";
import { Typing } from "./typing.tsx";

/** A div element's own props, and what stands around the messages. */
export interface ThreadProps extends Omit<ComponentPropsWithoutRef<"div">, "children"> {
  /** Shown in a conversation without messages. Default: {@link EmptyThread}. */
  readonly empty?: ReactNode;
  /** Floats above the lower edge. Inside of the thread, so that a wheel over it scrolls the thread. */
  readonly overlay?: ReactNode;
}

/**
 * The messages of the open session. It scrolls, follows the newest text until the reader scrolls up, and fetches earlier
 * pages when the reader comes near the beginning. It takes the height that it is given; only rows near the viewport are in the
 * document.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatProvider, Composer, JumpToLatest, Thread, useClawdbotRuntime } from "@automna/react";
 *
 * function Chat() {
 *   const runtime = useClawdbotRuntime({ gatewayUrl, authToken });
 *   return (
 *     <ChatProvider runtime={runtime}>
 *       <Thread empty={<p>Ask us anything.</p>} overlay={<JumpToLatest />} />
 *       <Composer />
 *     </ChatProvider>
 *   );
 * }
 * ```
 */
export function Thread({ empty = <EmptyThread />, overlay, className, ...rest }: ThreadProps): ReactElement {
  const { chat, locale } = useStrings();
  const scrollRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const scroll = useThreadScroll();
  useBeforePaint(() => (scrollRef.current ? scroll.attach(scrollRef.current) : undefined), [scroll]);
  useSettleOnResize(scrollRef, contentRef);
  // While the history is on its way.
  useEffect(() => prepareFormats(locale), [locale]);
  useOlderOnScroll();
  return (
    <div
      {...rest}
      ref={scrollRef}
      className={classNames("automna-thread", className)}
      role="log"
      aria-live="off"
      aria-label={chat.conversation}
      tabIndex={0}
      onKeyDown={(event) => {
        rest.onKeyDown?.(event);
        if (event.target !== event.currentTarget || event.defaultPrevented) return;
        if (event.key !== "Home" && event.key !== "End") return;
        event.preventDefault();
        if (event.key === "Home") scroll.toStart();
        else scroll.follow();
      }}
    >
      <div ref={contentRef} className="automna-thread-content">
        <ThreadTop />
        <ThreadScrollProvider scroll={scroll}>
          <ThreadBody empty={empty} />
        </ThreadScrollProvider>
        <Pending />
        {overlay !== undefined && <div className="automna-thread-overlay">{overlay}</div>}
      </div>
    </div>
  );
}

/** Nothing is on its way then; the banner says what to do. */
const STUCK: readonly ConnectionState["status"][] = ["pairing", "failed", "closed"];

function ThreadBody({ empty }: { readonly empty: ReactNode }): ReactElement {
  const history = useHistory();
  const isEmpty = useMessageIds().length === 0;
  const { status } = useConnection();
  // Else every row would change its height a moment later.
  const canShow = MessageMarkdown.useIsSettled();
  const isComing =
    isEmpty && !STUCK.includes(status) && history.status !== "ready" && history.status !== "failed";
  // Not before: what shows the history has the processor for itself. While the gateway is away nothing shows it.
  const mayFetch = !isComing || status === "waiting";
  useEffect(() => (mayFetch ? loadDeferredPartsWhenIdle() : undefined), [mayFetch]);
  if (!isEmpty) return canShow ? <MessageList /> : <Loading />;
  if (isComing)
    return (
      <>
        <Loading />
        <Rehearsal />
      </>
    );
  if (history.status === "failed") return <HistoryFailed error={history.error} />;
  // A latest page of nothing but hidden rows is no empty conversation.
  return (
    <div className="automna-thread-empty">{history.status === "ready" && !history.hasOlder && empty}</div>
  );
}

function Loading(): ReactElement {
  const { chat } = useStrings();
  return (
    <div className="automna-skeleton">
      <span className="automna-visually-hidden" role="status">
        {chat.loading}
      </span>
      {["short", "long", "medium"].map((size) => (
        <span key={size} className="automna-skeleton-line" data-size={size} aria-hidden="true" />
      ))}
    </div>
  );
}

function HistoryFailed({ error }: { readonly error: MessageError }): ReactElement {
  const strings = useStrings();
  const { reload } = useChatActions();
  return (
    <div className="automna-thread-empty" role="alert">
      <Icon name="alert" />
      <Trouble title={strings.chat.loadFailed} onRetry={() => void reload()}>
        <p>{describeMessageError(error, strings)}</p>
      </Trouble>
    </div>
  );
}

/** Above the first row, always of one height, so that what happens here moves no message. */
function ThreadTop(): ReactElement {
  const { chat } = useStrings();
  const { loadOlder } = useChatActions();
  const history = useHistory();
  const isEmpty = useMessageIds().length === 0;
  return (
    <div className="automna-thread-top">
      {history.status === "ready" &&
        (history.hasOlder ? (
          <button
            type="button"
            className="automna-button"
            data-look="quiet"
            data-size="small"
            aria-disabled={history.loadingOlder}
            onClick={() => {
              if (!history.loadingOlder) toldByNotice(loadOlder());
            }}
          >
            {history.loadingOlder ? chat.loadingOlder : chat.loadOlder}
          </button>
        ) : (
          !isEmpty && (
            <span className="automna-thread-beginning">{history.isCut ? chat.cut : chat.beginning}</span>
          )
        ))}
    </div>
  );
}

/** A run that has not written anything yet. */
const isPending = (state: ChatState) =>
  state.runs.some(({ messageId }) => selectMessage(state, messageId) === undefined);

function Pending(): ReactElement | null {
  const pending = useQuietState(isPending);
  if (!pending) return null;
  return (
    <div className="automna-row">
      <div className="automna-message" data-role="assistant" data-status="streaming">
        <Typing />
      </div>
    </div>
  );
}

function useSettleOnResize(
  scrollRef: RefObject<HTMLElement | null>,
  contentRef: RefObject<HTMLElement | null>,
): void {
  const scroll = useThreadScroll();
  useEffect(() => {
    if (typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => scroll.settle());
    for (const { current } of [scrollRef, contentRef]) if (current) observer.observe(current);
    return () => observer.disconnect();
  }, [scroll, scrollRef, contentRef]);
}

function useOlderOnScroll(): void {
  const { store, actions } = useChatRuntime();
  const scroll = useThreadScroll();
  useEffect(
    () =>
      scroll.onOlder(() => {
        const { history } = store.getState();
        if (history.status === "ready" && history.hasOlder && !history.loadingOlder)
          toldByNotice(actions.loadOlder());
      }),
    [scroll, store, actions],
  );
}
