import {
  ActiveRun,
  Approval,
  Attachment,
  Capabilities,
  ChatActions,
  ChatState,
  ChatStore,
  ChatStoreOptions,
  ConnectionState,
  HistoryState,
  Message,
  MessageError,
  MessageStatus,
  ModelChoice,
  OutboxEntry,
  QuestionRequest,
  SessionListState,
  SlashCommand,
  ToolCallPart,
  WaitReason,
} from "@automna/client";
import { ComponentPropsWithoutRef, ComponentType, ReactElement, ReactNode } from "react";
import { AdviceCode } from "@automna/protocol";
/** Gives the file that is to be sent in place of the one that was chosen: smaller, or without its metadata. */
type PrepareFile = (file: File) => File | Promise<File>;
/** Texts that were typed but not sent, one for each session. */
interface Drafts {
  /** The session's text, `""` where there is none. */
  get(sessionKey: string): string;
  /** Keeps a text; `""` forgets it. */
  set(sessionKey: string, text: string): void;
}
/**
 * Drafts that end with the page.
 *
 * @example
 * ```ts
 * import { createChatStore } from "@automna/client";
 * import { memoryDrafts, runtimeOf } from "@automna/react";
 *
 * const runtime = runtimeOf(createChatStore({ gatewayUrl, authToken }), memoryDrafts());
 * ```
 */
declare function memoryDrafts(): Drafts;
/**
 * Drafts that survive a reload of the tab, and end with it. Without storage (on a server, blocked, full) they end with the page.
 *
 * @param scope what keeps the drafts of one person and gateway apart from another's, such as the gateway's address
 * @param area asked for at each use, default `sessionStorage`; throwing means that there is none
 *
 * @example
 * ```ts
 * import { createChatStore } from "@automna/client";
 * import { runtimeOf, tabDrafts } from "@automna/react";
 *
 * const store = createChatStore({ gatewayUrl, authToken });
 * const runtime = runtimeOf(store, tabDrafts(`${gatewayUrl} ada`));
 * ```
 */
declare function tabDrafts(scope: string, area?: () => Storage): Drafts;
/**
 * One chat with one gateway, outside of React: the same object for as long as the gateway and the identity stay the
 * same. Give it to {@link ChatProvider}, to `<AutomnaChat runtime>` or to the selector hooks.
 */
interface ChatRuntime {
  /** State, subscription and life cycle. */
  readonly store: ChatStore;
  /** What a person can do. Stable: may be a dependency of an effect. */
  readonly actions: ChatActions;
  /** What was typed but not sent. */
  readonly drafts: Drafts;
}
/** Makes a chat store. A test or a story passes its own. */
type CreateStore = (options: ChatStoreOptions) => ChatStore;
/**
 * Wraps a store that somebody else made and starts, for instance one that is shared by several React roots.
 *
 * @param drafts default: {@link memoryDrafts}
 *
 * @example
 * ```ts
 * const store = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const runtime = runtimeOf(store);
 * ```
 */
declare function runtimeOf(store: ChatStore, drafts?: Drafts): ChatRuntime;
/**
 * Makes a runtime outside of React, for a chat that outlives its components. Nothing is opened before its store is started, and
 * whoever starts it ends it. Drafts survive a reload where the address and the token are no functions, or `storageScope` names
 * the person.
 *
 * @param create default: the client's `createChatStore`
 *
 * @example
 * ```tsx
 * import { AutomnaChat, createChatRuntime } from "@automna/react";
 *
 * const runtime = createChatRuntime({ gatewayUrl: "wss://gateway.example", authToken: token });
 * const stop = runtime.store.start();
 *
 * const Chat = () => <AutomnaChat runtime={runtime} />;
 * ```
 */
declare function createChatRuntime(options: ChatStoreOptions, create?: CreateStore): ChatRuntime;
/** The code, and how it is copied and coloured. */
interface CodeBlockProps extends Pick<
  MarkdownConfig,
  "copyText" | "highlighter" | "labels" | "onError" | "scheduleIdle"
> {
  /** As it was written. */
  readonly code: string;
  /** Shown above the code and given to the highlighter. */
  readonly language?: string;
  /** The code is still being written: it stays plain until it is complete. */
  readonly streaming?: boolean;
  /** Beside the block's own class. */
  readonly className?: string;
}
/** What a piece of code is; the stylesheet colours `--automna-code-<kind>`. */
type CodeTokenKind =
  | "comment"
  | "string"
  | "number"
  | "keyword"
  | "literal"
  | "function"
  | "type"
  | "property"
  | "tag"
  | "operator"
  | "inserted"
  | "deleted"
  | "meta";
/** A run of code in one colour. Its text is shown as text, never as HTML. */
interface CodeToken {
  /** As it stands in the code. */
  readonly text: string;
  /** What it is; plain where nothing is said. */
  readonly kind?: CodeTokenKind;
  /** A CSS colour, for highlighters that bring their own theme. */
  readonly color?: string;
}
/** Tokens whose texts add up to the code, or an element made of them. */
type HighlightedCode = readonly CodeToken[] | ReactElement;
/**
 * Colours code. It is called when the block is complete and the browser idle; until it answers, and when it
 * fails or answers `null` (an unknown language), the code is plain.
 */
type CodeHighlighter = (
  code: string,
  language: string,
) => HighlightedCode | null | Promise<HighlightedCode | null>;
/** Runs `task` when there is time, at most once; the answer cancels it. */
type ScheduleIdle = (task: () => void) => () => void;
/** The words that the markdown parts show or announce. A catalogue passes them in; English is the default. */
interface MarkdownLabels {
  /** Button of a code block. */
  readonly copy: string;
  /** The same button after it worked. */
  readonly copied: string;
  /** The same button after the browser refused. */
  readonly copyFailed: string;
  /** Accessible name of a code block; the language follows it. */
  readonly codeBlock: string;
  /** Accessible name of a table's scroll area. */
  readonly table: string;
  /** Before the alternative text of an image that is not fetched. */
  readonly image: string;
  /** Tooltip of a link whose address may not be followed. */
  readonly blockedLink: string;
  /** Accessible name of a ticked task. */
  readonly taskDone: string;
  /** Accessible name of an open task. */
  readonly taskOpen: string;
  /** Alternative text of a rendered diagram. */
  readonly diagram: string;
  /** Opens the source of a diagram. */
  readonly diagramSource: string;
}
/** What a {@link SyntaxRule} found at the start of the text it was given. */
interface SyntaxMatch {
  /** The source that it takes: a prefix of the text. */
  readonly raw: string;
  /** What the plugin's component gets. */
  readonly text: string;
  /** Inline rules only: shown on a line of its own. */
  readonly display?: boolean;
}
/** One construct that a plugin adds to markdown. */
interface SyntaxRule {
  /** Name of the node; a plugin's `nodes` maps it to a component. */
  readonly name: string;
  /** Index of the first place where `match` may succeed, or -1. */
  find(text: string): number;
  /**
   * Block rules begin with a line, take whole lines and see the text up to the next blank line only. That keeps finished
   * blocks finished: what arrives later can never join two of them. A paragraph ends for one where `find` finds it.
   */
  match(text: string): SyntaxMatch | null;
}
/** Constructs that plugins add, by where they may stand. */
interface MarkdownSyntax {
  /** Between paragraphs. */
  readonly block: readonly SyntaxRule[];
  /** Inside of a text. */
  readonly inline: readonly SyntaxRule[];
}
/** What the component of a plugin's own construct gets. */
interface PluginNodeProps {
  /** The source, for showing while nothing better is there. */
  readonly raw: string;
  /** What the rule's `match` made of it. */
  readonly text: string;
  /** True on a line of its own. */
  readonly display: boolean;
  /** Those of the `Markdown` around it. */
  readonly settings: MarkdownSettings;
}
/** What the component of a code language gets. */
interface PluginCodeProps {
  /** What stands between the fences. */
  readonly code: string;
  /** As the fence names it. */
  readonly language: string;
  /** The ordinary code block. */
  readonly fallback: ReactElement;
  /** Those of the `Markdown` around it. */
  readonly settings: MarkdownSettings;
}
/** An addition to markdown: constructs of its own, or another view of a code language. */
interface MarkdownPlugin {
  /** What it is called. */
  readonly name: string;
  /** Constructs of its own. */
  readonly syntax?: {
    readonly block?: readonly SyntaxRule[];
    readonly inline?: readonly SyntaxRule[];
  };
  /** Components by the name of the rule. */
  readonly nodes?: Readonly<Record<string, ComponentType<PluginNodeProps>>>;
  /** Components by language; only closed fences get them. */
  readonly codeBlocks?: Readonly<Record<string, ComponentType<PluginCodeProps>>>;
}
/** What a host may widen or narrow about the URLs in a message. */
interface UrlPolicyOptions {
  /**
   * Schemes that may become links, without the colon. Schemes that run or read something in the page
   * (`javascript`, `data`, `vbscript`, `blob`, `file`...) are refused even when listed.
   *
   * @defaultValue `["http", "https", "mailto", "tel"]`
   */
  readonly linkSchemes?: readonly string[];
  /**
   * Which images are fetched: a list of origins (`"https://cdn.example.com"`), or a function that is
   * asked for each `http:`, `https:`, `blob:` or `data:image/*` URL. Every other image is a link-like
   * placeholder that fetches nothing: the address of an image can carry a conversation away.
   *
   * @defaultValue none
   */
  readonly allowedImageOrigins?: readonly string[] | ((url: URL) => boolean);
}
/** A URL that may stand in `href`, in the normal form that the browser's own parser gives. */
interface SafeLink {
  /** What stands in the `href` of the element. */
  readonly href: string;
  /** `web` opens in a new tab. */
  readonly kind: "web" | "fragment" | "other";
  /** Host of a `web` link as the browser will dial it (punycode). */
  readonly host: string;
}
/** Decides which addresses of a text become links and pictures. What it refuses is shown as text. */
interface UrlPolicy {
  /** The link to make, or `null`: show the text only. */
  link(href: string): SafeLink | null;
  /** The image address to fetch, or `null`: show a placeholder. */
  image(source: string): string | null;
}
type Replaceable =
  | "a"
  | "blockquote"
  | "code"
  | "del"
  | "em"
  | "h1"
  | "h2"
  | "h3"
  | "h4"
  | "h5"
  | "h6"
  | "hr"
  | "img"
  | "li"
  | "ol"
  | "p"
  | "strong"
  | "table"
  | "ul";
/**
 * Components in place of the elements that markdown makes. They get the element's props; `href` and `src`
 * have passed the URL policy. `h1` stands for `# `, whatever element the heading offset makes of it.
 */
type MarkdownComponents = { readonly [Tag in Replaceable]?: ComponentType<ComponentPropsWithoutRef<Tag>> } & {
  readonly CodeBlock?: ComponentType<CodeBlockProps>;
};
/** What a host may decide, as props of `Markdown` or for a whole tree with `MarkdownConfigProvider`. */
interface MarkdownConfig {
  /** Your components in place of elements. Keep the object outside of the component. */
  readonly components?: MarkdownComponents;
  /** Which addresses become links, and which images are fetched. */
  readonly urlPolicy?: UrlPolicyOptions;
  /** Colours code blocks; none: they stay plain. */
  readonly highlighter?: CodeHighlighter;
  /** Math, diagrams and other additions. Keep the array outside of the component: a new one lexes anew. */
  readonly plugins?: readonly MarkdownPlugin[];
  /** What buttons and accessible names say. Default: English. */
  readonly labels?: Partial<MarkdownLabels>;
  /**
   * Added to every heading's level, so that a message does not compete with the page's own outline.
   *
   * @defaultValue 2 (`#` becomes `h3`)
   */
  readonly headingOffset?: number;
  /** Told of a highlighter, plugin or lexer that failed; the text stays readable without it. */
  readonly onError?: (error: unknown) => void;
  /** Writes to the clipboard. Default: the browser's. */
  readonly copyText?: (text: string) => Promise<void>;
  /** Runs a task when the browser has time. Default: `requestIdleCallback`, or a timer where there is none. */
  readonly scheduleIdle?: ScheduleIdle;
}
/** A {@link MarkdownConfig} with everything decided: what is written there, by the same names. */
interface MarkdownSettings {
  readonly components: MarkdownComponents;
  /** Made of `urlPolicy`. */
  readonly policy: UrlPolicy;
  readonly highlighter: CodeHighlighter | undefined;
  readonly plugins: readonly MarkdownPlugin[];
  /** Made of the plugins' constructs. */
  readonly syntax: MarkdownSyntax;
  readonly labels: MarkdownLabels;
  readonly headingOffset: number;
  readonly onError: (error: unknown) => void;
  readonly copyText: (text: string) => Promise<void>;
  readonly scheduleIdle: ScheduleIdle;
}
/**
 * Sets the defaults of every `Markdown` below it.
 *
 * @example
 * ```tsx
 * <MarkdownConfigProvider value={{ urlPolicy: { allowedImageOrigins: ["https://cdn.example.com"] } }}>
 *   <Markdown text="![logo](https://cdn.example.com/logo.png)" />
 * </MarkdownConfigProvider>
 * ```
 */
declare const MarkdownConfigProvider: import("react").Provider<MarkdownConfig>;
/** A div element's own props, the text, and how it is rendered. */
interface MarkdownProps
  extends MarkdownConfig, Omit<ComponentPropsWithoutRef<"div">, "children" | "onError"> {
  /** The whole text so far. While it only grows, finished blocks are neither lexed nor rendered again. */
  readonly text: string;
  /** More text is expected: half-open syntax at the end is repaired, open code stays plain. */
  readonly streaming?: boolean;
}
/**
 * GitHub-flavoured markdown as React elements. No HTML string is ever given to the browser: tags in the text
 * are shown as text (except `br`, `kbd`, `mark`, `sub`, `sup` without attributes), links pass the URL policy,
 * and images are fetched from nowhere that the host has not allowed.
 *
 * @example
 * ```tsx
 * <Markdown text={message.text} streaming={message.status === "streaming"} />
 * ```
 */
declare const Markdown: import("react").MemoExoticComponent<
  ({
    text,
    streaming,
    components,
    urlPolicy,
    highlighter,
    plugins,
    labels,
    headingOffset,
    onError,
    copyText,
    scheduleIdle,
    className,
    ...rest
  }: MarkdownProps) => ReactElement
>;
/**
 * Anything of the chat's state. The component renders again only when the selected value is another one
 * (`Object.is`), so select what is there instead of making something new.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * const waiting = useChatState((state) => state.outbox.length);
 * ```
 */
declare function useChatState<T>(selector: (state: ChatState) => T, runtime?: ChatRuntime): T;
/**
 * {@link useChatState} of what no text that streams can change: not even the selector is called for it, which many
 * components notice in a fast reply.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * const count = useQuietState((state) => state.transcript.order.length);
 * ```
 */
declare function useQuietState<T>(selector: (state: ChatState) => T, runtime?: ChatRuntime): T;
/**
 * What a person can do in this chat. The same object for as long as the chat is the same, so it may be a dependency of an
 * effect.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions } from "@automna/react";
 *
 * function Greeting() {
 *   const { send } = useChatActions();
 *   return <button onClick={() => send("Hello")}>Say hello</button>;
 * }
 * ```
 */
declare function useChatActions(runtime?: ChatRuntime): ChatActions;
/**
 * What the connection is doing. Narrow it by `status`: each state has what belongs to it. {@link useConnectionNotice} puts it into
 * words.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useConnection } from "@automna/react";
 *
 * function Status() {
 *   const connection = useConnection();
 *   if (connection.status === "failed") return <p role="alert">{connection.advice.code}</p>;
 *   return <p role="status">{connection.status}</p>;
 * }
 * ```
 */
declare function useConnection(runtime?: ChatRuntime): ConnectionState;
/**
 * The ids of all messages in reading order: the React keys of the rows. Changes when a row comes, goes or moves.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { MessageRow, useMessageIds } from "@automna/react";
 *
 * function Rows() {
 *   const ids = useMessageIds();
 *   return <>{ids.map((id, index) => <MessageRow key={id} id={id} previousId={ids[index - 1]} />)}</>;
 * }
 * ```
 */
declare function useMessageIds(runtime?: ChatRuntime): readonly string[];
/**
 * One message. No other message's change renders the component again; while this one streams, it renders some thirty times
 * a second at most, a long one seven times, and one that comes faster than anybody reads five times.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 * @returns `undefined` when there is no such message, or no more
 *
 * @example
 * ```tsx
 * import { messageText } from "@automna/client";
 * import { useMessage } from "@automna/react";
 *
 * function Row({ id }: { id: string }) {
 *   const message = useMessage(id);
 *   return message ? <p data-status={message.status}>{messageText(message)}</p> : null;
 * }
 * ```
 */
declare function useMessage(id: string, runtime?: ChatRuntime): Message | undefined;
/**
 * How much of the open session's history is here, and whether there is more before it.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useHistory } from "@automna/react";
 *
 * function Earlier() {
 *   const history = useHistory();
 *   const { loadOlder } = useChatActions();
 *   if (history.status !== "ready" || !history.hasOlder) return null;
 *   return <button onClick={() => loadOlder().catch(console.error)}>Earlier messages</button>;
 * }
 * ```
 */
declare function useHistory(runtime?: ChatRuntime): HistoryState;
/**
 * The runs that are going on in the open session, oldest first.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useRuns } from "@automna/react";
 *
 * function Runs() {
 *   const { abort } = useChatActions();
 *   return useRuns().map(({ runId, phase }) => (
 *     <button key={runId} onClick={() => abort(runId).catch(console.error)}>
 *       Stop {phase}
 *     </button>
 *   ));
 * }
 * ```
 */
declare function useRuns(runtime?: ChatRuntime): readonly ActiveRun[];
/**
 * Whether a run is going on in the open session.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useIsRunning } from "@automna/react";
 *
 * function Working() {
 *   return useIsRunning() ? <p role="status">The assistant is at work.</p> : null;
 * }
 * ```
 */
declare function useIsRunning(runtime?: ChatRuntime): boolean;
/**
 * Own sends that the gateway's history does not show yet, of all sessions; {@link OutboxEntry.state} says how far each is.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useOutbox } from "@automna/react";
 *
 * function Waiting() {
 *   const queued = useOutbox().filter(({ state }) => state === "queued");
 *   return queued.length > 0 ? <p>{queued.length} messages go out when the gateway is back.</p> : null;
 * }
 * ```
 */
declare function useOutbox(runtime?: ChatRuntime): readonly OutboxEntry[];
/**
 * What this gateway can do, by its version and the rights that it granted. Sizes are in bytes.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 * @returns `null` before the first connection
 *
 * @example
 * ```tsx
 * import { useCapabilities } from "@automna/react";
 *
 * function LargestFile() {
 *   const limits = useCapabilities()?.attachments;
 *   return limits ? <p>Files of up to {Math.floor(limits.maxFileBytes / 1024)} KB</p> : null;
 * }
 * ```
 */
declare function useCapabilities(runtime?: ChatRuntime): Capabilities | null;
/**
 * The open session's key as the gateway writes it (`agent:main:main`); before the first connection, as the host wrote it.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useSessionKey } from "@automna/react";
 *
 * function OpenSession() {
 *   return <code>{useSessionKey()}</code>;
 * }
 * ```
 */
declare function useSessionKey(runtime?: ChatRuntime): string;
/**
 * The session list, loaded and kept current while a component with this hook is mounted. Times are milliseconds since the epoch.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useSessions } from "@automna/react";
 *
 * function Sessions() {
 *   const list = useSessions();
 *   const { switchSession } = useChatActions();
 *   if (list.status === "none") return null;
 *   return list.items.map(({ key, title }) => (
 *     <button key={key} onClick={() => switchSession(key)}>{title}</button>
 *   ));
 * }
 * ```
 */
declare function useSessions(runtime?: ChatRuntime): SessionListState;
/**
 * What the agent asks to be allowed, oldest first. Who is to answer asks for the scope `operator.approvals` (option `scopes`).
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useApprovals, useChatActions } from "@automna/react";
 *
 * function Requests() {
 *   const { resolveApproval } = useChatActions();
 *   return useApprovals().map(({ id, command, title }) => (
 *     <button key={id} onClick={() => resolveApproval(id, "allow-once").catch(console.error)}>
 *       Allow {command ?? title}
 *     </button>
 *   ));
 * }
 * ```
 */
declare function useApprovals(runtime?: ChatRuntime): readonly Approval[];
/**
 * What the agent wants to know, oldest first (version 4). Who is to answer asks for the scope `operator.questions` (option
 * `scopes`).
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { QuestionCard, useQuestions } from "@automna/react";
 *
 * function OldestQuestion() {
 *   const [oldest] = useQuestions();
 *   return oldest ? <QuestionCard request={oldest} /> : null;
 * }
 * ```
 */
declare function useQuestions(runtime?: ChatRuntime): readonly QuestionRequest[];
/**
 * The last action that failed and was not about one message; `null` when there is none, or once it was dismissed.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useNotice } from "@automna/react";
 *
 * function Failure() {
 *   const notice = useNotice();
 *   const { dismissNotice } = useChatActions();
 *   return notice ? <button onClick={dismissNotice}>{notice.message}</button> : null;
 * }
 * ```
 */
declare function useNotice(runtime?: ChatRuntime): MessageError | null;
/** The chat that everything inside of {@link ChatProvider} belongs to. */
interface ChatProviderProps {
  /** Of {@link useClawdbotRuntime} or {@link createChatRuntime}. */
  readonly runtime: ChatRuntime;
  /** The parts and hooks of this chat. */
  readonly children?: ReactNode;
}
/**
 * Hands a runtime to every part and hook below it. Its value never changes while a chat goes on, so it renders nothing
 * again.
 *
 * @example
 * ```tsx
 * const runtime = useClawdbotRuntime({ gatewayUrl, authToken });
 * return <ChatProvider runtime={runtime}><Thread /><Composer /></ChatProvider>;
 * ```
 */
declare function ChatProvider({ runtime, children }: ChatProviderProps): ReactElement;
/**
 * There is no runtime to read from: a part or a hook stands outside of every {@link ChatProvider}. The message says what to do.
 *
 * @example
 * ```ts
 * import { MissingChatError } from "@automna/react";
 *
 * const explain = (error: unknown) =>
 *   error instanceof MissingChatError ? error.message : "Something else went wrong.";
 * ```
 */
declare class MissingChatError extends Error {
  readonly name = "MissingChatError";
  readonly code = "MISSING_CHAT";
  constructor();
}
/**
 * The runtime of the nearest {@link ChatProvider}, or the one that is passed: for what is done, not shown. What is shown is
 * read by the selector hooks, which render again.
 *
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { messageText, selectMessages } from "@automna/client";
 * import { useChatRuntime } from "@automna/react";
 *
 * function CopyAll() {
 *   const { store } = useChatRuntime();
 *   const text = () => selectMessages(store.getState()).map(messageText).join("\n\n");
 *   return <button onClick={() => navigator.clipboard.writeText(text())}>Copy the conversation</button>;
 * }
 * ```
 */
declare function useChatRuntime(own?: ChatRuntime): ChatRuntime;
/** What {@link useClawdbotRuntime} takes. */
interface ClawdbotRuntimeOptions extends Omit<ChatStoreOptions, "authToken"> {
  /** The gateway's token, or a function that is asked on every attempt. Default `null`: something in front of the gateway knows the person. */
  readonly authToken?: ChatStoreOptions["authToken"];
  /** Makes the store. Default: the real one. Read once. */
  readonly createStore?: CreateStore;
}
/**
 * A chat with a gateway, connected for as long as the component is mounted.
 *
 * The connection lives outside of React: rendering opens nothing, and a remount (StrictMode, a changed key, fast
 * navigation) goes on with the socket that is there. With functions, or with `storageScope` and no token, only StrictMode's
 * does, and any other remount opens a socket of its own.
 *
 * - Another `gatewayUrl` or `authToken` string, or another `storageScope`, is another gateway or person: a new chat, and the
 *   old one is closed.
 * - Functions are asked again on every attempt; a new function in each render reconnects nothing. Who is behind it is told by
 *   `storageScope` alone: without one, messages that wait and drafts end with the page, and another person needs another `key`.
 * - `storageScope` has to be there from the first render: another one, also after none, is another person with an outbox and
 *   drafts of their own. Wait for the person before rendering the chat.
 * - Another `sessionKey` switches the session over the same connection.
 * - All other options are read when the chat is made.
 *
 * @example
 * ```tsx
 * function Chat({ token }: { token: string }) {
 *   const runtime = useClawdbotRuntime({ gatewayUrl: "wss://gateway.example", authToken: token, sessionKey: "main" });
 *   const connection = useConnection(runtime);
 *   return <button onClick={() => runtime.actions.send("Hello")}>{connection.status}</button>;
 * }
 * ```
 *
 * @returns the runtime; the same object until the gateway or the person changes.
 */
declare function useClawdbotRuntime({ createStore, authToken, ...rest }: ClawdbotRuntimeOptions): ChatRuntime;
/** A file that was chosen for the message that is being written. */
interface TrayFile extends Attachment {
  /** It has no content yet, and may be taken out all the same. */
  readonly isReading?: boolean;
}
/** A message that is being written. */
interface Composer$1 {
  /** The draft of the open session. */
  readonly text: string;
  /** Changes the draft. */
  readonly setText: (text: string) => void;
  /** The files of this message, those included that are still being read. */
  readonly attachments: readonly TrayFile[];
  /** Reads files and adds those that this gateway accepts; `problems` says what became of the others. Never rejects. */
  readonly addFiles: (files: readonly File[]) => Promise<void>;
  /** Takes out the file at this place of `attachments`. */
  readonly removeAttachment: (index: number) => void;
  /** Why the last files or the last send were refused, for the person. */
  readonly problems: readonly string[];
  /** Empties `problems`. */
  readonly dismissProblems: () => void;
  /** `false` also while files are being read: they belong to this message, until they are removed. */
  readonly canSend: boolean;
  /** Sends it and starts over. `false`: there is nothing to send, or it was refused and stays here. */
  readonly send: () => boolean;
  /** The agent is at work in the open session. */
  readonly isRunning: boolean;
  /** Stops its run. */
  readonly stop: () => void;
}
/**
 * Everything a composer needs, without its looks. Text and files are kept for each session, across switches, the text (for
 * a gateway with a fixed address) also across reloads of the tab.
 *
 * @param own default: the runtime of the nearest {@link ChatProvider}
 * @param prepareFile gives what is sent in place of a file; default: the file itself
 * @throws {MissingChatError} when there is no runtime
 *
 * @example
 * ```tsx
 * const composer = useComposer();
 * return <textarea value={composer.text} onChange={(event) => composer.setText(event.target.value)} />;
 * ```
 */
declare function useComposer(own?: ChatRuntime, prepareFile?: PrepareFile): Composer$1;
/** A phrase that depends on a number; `other` is the rest. `{count}` stands for the number. */
type Plural = { readonly [Rule in Intl.LDMLPluralRule]?: string } & {
  readonly other: string;
};
/** Everything that the components say, in one language. `{name}` marks what is filled in. */
interface Strings {
  /** BCP 47 tag, for dates, numbers and plural rules. */
  readonly locale: string;
  /** Where lines begin. */
  readonly direction: "ltr" | "rtl";
  readonly chat: {
    readonly label: string;
    readonly conversation: string;
    readonly you: string;
    readonly assistant: string;
    readonly system: string;
    /** `{who}`, `{time}` */
    readonly messageBy: string;
    readonly emptyTitle: string;
    readonly emptyText: string;
    readonly loading: string;
    readonly loadFailed: string;
    readonly tryAgain: string;
    readonly loadOlder: string;
    readonly loadingOlder: string;
    readonly beginning: string;
    /** Above the first message that is here, where the gateway shows none before it. */
    readonly cut: string;
    readonly showAll: string;
    readonly dismiss: string;
    /** In the place of a message that broke, and of a request whose card could not be loaded. */
    readonly cannotShow: string;
    readonly brokenChat: string;
    readonly jumpToLatest: string;
    readonly newMessages: Plural;
    readonly unread: string;
    readonly today: string;
    readonly yesterday: string;
    readonly thinking: string;
    readonly close: string;
  };
  readonly composer: {
    readonly label: string;
    readonly placeholder: string;
    readonly offlinePlaceholder: string;
    readonly send: string;
    readonly stop: string;
    readonly attach: string;
    /** `{name}` */
    readonly removeAttachment: string;
    readonly attachments: string;
    readonly dropHere: string;
    /** `{name}` */
    readonly unreadable: string;
    /** `{name}`, `{size}`, `{max}` */
    readonly tooLarge: string;
    /** `{name}` */
    readonly onlyPictures: string;
    /** `{name}` */
    readonly tooMuchTogether: string;
    /** `{max}` */
    readonly tooLong: string;
    readonly outboxFull: string;
    readonly editing: string;
    readonly cancelEdit: string;
    readonly commands: string;
    readonly hint: string;
  };
  readonly message: {
    readonly status: Readonly<Record<MessageStatus, string>>;
    readonly error: Readonly<Record<MessageError["kind"], string>>;
    readonly unconfirmedHelp: string;
    readonly retry: string;
    readonly discard: string;
    readonly copy: string;
    readonly copied: string;
    readonly copyFailed: string;
    readonly regenerate: string;
    readonly edit: string;
    readonly actions: string;
    readonly image: string;
    readonly file: string;
    readonly compaction: string;
    readonly reset: string;
    /** `{input}`, `{output}`: tokens */
    readonly usage: string;
    /** `{cost}`: an amount with its currency */
    readonly cost: string;
  };
  readonly tool: {
    readonly running: string;
    readonly done: string;
    readonly error: string;
    readonly arguments: string;
    readonly result: string;
    readonly noResult: string;
  };
  readonly reasoning: {
    readonly active: string;
    readonly done: string;
  };
  readonly approval: {
    readonly region: string;
    readonly exec: string;
    readonly plugin: string;
    /** Where it is to run. */
    readonly host: string;
    /** The folder in which it is to run. */
    readonly cwd: string;
    readonly allowOnce: string;
    readonly allowAlways: string;
    readonly deny: string;
    readonly resolving: string;
    /** The sign-in lacks the right to answer. */
    readonly cannotAnswer: string;
    /** `{time}` */
    readonly expires: string;
  };
  readonly question: {
    readonly region: string;
    readonly title: string;
    readonly other: string;
    readonly answer: string;
    readonly skip: string;
    /** The sign-in lacks the right to answer. */
    readonly cannotAnswer: string;
  };
  readonly sessions: {
    readonly label: string;
    readonly open: string;
    readonly create: string;
    readonly rename: string;
    readonly newName: string;
    readonly reset: string;
    readonly confirmReset: string;
    readonly delete: string;
    readonly confirmDelete: string;
    readonly cancel: string;
    readonly save: string;
    readonly untitled: string;
    readonly main: string;
    readonly unread: string;
    readonly running: string;
    readonly none: string;
    readonly loading: string;
    readonly failed: string;
    /** Loads those that the list has not shown yet. */
    readonly more: string;
    /** `{title}` */
    readonly actions: string;
  };
  readonly settings: {
    readonly model: string;
    readonly defaultModel: string;
    readonly thinking: string;
    readonly defaultThinking: string;
    readonly level: Readonly<Record<string, string>>;
  };
  readonly find: {
    readonly open: string;
    readonly label: string;
    readonly placeholder: string;
    readonly previous: string;
    readonly next: string;
    /** `{index}`, `{count}` */
    readonly position: string;
    readonly nothing: string;
    /** Only loaded messages are searched; this loads more. */
    readonly searchEarlier: string;
    readonly searchingEarlier: string;
  };
  readonly connection: {
    readonly idle: string;
    readonly connecting: string;
    readonly reconnecting: string;
    readonly authenticating: string;
    readonly ready: string;
    readonly closed: string;
    /** `{time}` */
    readonly retryIn: string;
    readonly reconnect: string;
    readonly failed: string;
    readonly pairingTitle: string;
    readonly pairingHelp: string;
    readonly pairingCommand: string;
    readonly copyRequestId: string;
    readonly checkNow: string;
    /** `null`: in English the client speaks for itself, with details that a translation by code cannot have. */
    readonly advice: Readonly<Record<AdviceCode | WaitReason["code"], string>> | null;
  };
  readonly announce: {
    readonly started: string;
    /** `{text}` */
    readonly finished: string;
    readonly aborted: string;
    /** `{text}` */
    readonly failed: string;
  };
  readonly markdown: MarkdownLabels;
}
/** What a person should know about the connection. `null` means: nothing, all is well. */
interface ConnectionNotice {
  /** `progress` and `waiting` end by themselves; `attention` waits for an approval, `problem` for the person. */
  readonly tone: "progress" | "waiting" | "attention" | "problem";
  /** What happened, in a few words. */
  readonly title: string;
  /** What to do about it. */
  readonly detail: string | null;
  /** Milliseconds since the epoch of the next attempt. */
  readonly retryAt: number | null;
  /** The pairing request that waits for approval. */
  readonly requestId: string | null;
  /** `reconnect()` would try now. */
  readonly canReconnect: boolean;
}
/**
 * Puts a connection state into words, translated by its stable code. What a translation does not know, the client's own
 * sentence says.
 *
 * @param everConnected `true` after the first hello-ok: then connecting is reconnecting
 * @param strings a catalogue, such as `en`
 *
 * @example
 * ```ts
 * import { describeConnection, en } from "@automna/react";
 *
 * const notice = describeConnection({ status: "closed" }, true, en);
 * notice?.title; // "The connection is closed."
 * ```
 */
declare function describeConnection(
  state: ConnectionState,
  everConnected: boolean,
  strings: Pick<Strings, "connection">,
): ConnectionNotice | null;
/**
 * Whole seconds until `retryAt`, never negative.
 *
 * @param retryAt milliseconds since the epoch, as in {@link ConnectionNotice.retryAt}
 * @param now milliseconds since the epoch
 *
 * @example
 * ```ts
 * import { secondsUntil } from "@automna/react";
 *
 * secondsUntil(1_700_000_002_600, 1_700_000_000_000); // 3
 * ```
 */
declare function secondsUntil(retryAt: number, now: number): number;
/**
 * A time to wait, as short as it is true: seconds up to a minute and a half, minutes alone from ten on.
 *
 * @param seconds whole seconds
 * @param locale BCP 47 tag, such as {@link Strings.locale}
 * @throws {RangeError} when the tag is malformed
 *
 * @example
 * ```ts
 * import { formatSeconds } from "@automna/react";
 *
 * formatSeconds(4, "en"); // "4 sec"
 * formatSeconds(150, "en"); // "2 min 30 sec"
 * formatSeconds(720, "de"); // "12 Min."
 * ```
 */
declare function formatSeconds(seconds: number, locale: string): string;
/** The catalogue that everything inside of {@link LanguageProvider} speaks. */
interface LanguageProviderProps {
  /** A language of `@automna/react/i18n`, or one of your own. */
  readonly strings: Strings;
  /** What speaks this language. */
  readonly children?: ReactNode;
}
/**
 * The language of every part below it. English needs none.
 *
 * @example
 * ```tsx
 * import { de } from "@automna/react/i18n";
 *
 * <LanguageProvider strings={de}><AutomnaChat gatewayUrl={url} authToken={token} /></LanguageProvider>;
 * ```
 */
declare function LanguageProvider({ strings, children }: LanguageProviderProps): ReactElement;
/**
 * The strings in force here: those of the nearest {@link LanguageProvider}, or English.
 *
 * @example
 * ```tsx
 * import { useStrings } from "@automna/react";
 *
 * function Heading() {
 *   const { chat, direction } = useStrings();
 *   return <h2 dir={direction}>{chat.conversation}</h2>;
 * }
 * ```
 */
declare function useStrings(): Strings;
/** The part of a keyboard event that decides. */
interface KeyPress {
  /** Name of the key: `Enter`, `Escape`, ... */
  readonly key: string;
  /** This and the next three: the modifier is held down. */
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** An input method is composing: its keys belong to it. */
  readonly isComposing: boolean;
  /** 229: an input method takes the key, also where `isComposing` does not say so. */
  readonly keyCode: number;
}
/** What a key does in the composer; `null` leaves it to the browser. */
type ComposerCommand = "send" | "newline" | "stop";
/**
 * Whether an input method (Japanese, Chinese, Korean) takes this key, so that nobody else may: the Enter that ends a
 * composition sends nothing, its Escape closes nothing.
 *
 * @example
 * ```ts
 * document.addEventListener("keydown", (event) => {
 *   if (event.key === "Escape" && !isForInputMethod(event)) close();
 * });
 * ```
 */
declare function isForInputMethod({
  isComposing,
  keyCode,
}: Pick<KeyPress, "isComposing" | "keyCode">): boolean;
/**
 * Enter sends, Shift+Enter and Alt+Enter start a new line, Escape stops a run. While an input method composes, nothing is
 * taken from it.
 *
 * @returns `null`: the key is the browser's
 *
 * @example
 * ```tsx
 * import { composerCommand, useComposer } from "@automna/react";
 *
 * function Field() {
 *   const { text, setText, send, isRunning } = useComposer();
 *   const onKeyDown = (event: React.KeyboardEvent) => {
 *     if (composerCommand(event.nativeEvent, { running: isRunning }) !== "send") return;
 *     event.preventDefault();
 *     send();
 *   };
 *   return <textarea value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} />;
 * }
 * ```
 */
declare function composerCommand(
  press: KeyPress,
  state: {
    readonly running: boolean;
  },
): ComposerCommand | null;
/** All strings in English, the default. */
declare const en: Strings;
/** The menu of commands for what is being typed. */
interface SlashMenu {
  /** At most eight; none while no command is being typed. */
  readonly commands: readonly SlashCommand[];
  /** Which one Enter takes: an index of `commands`. */
  readonly active: number;
  /** Makes the next (1) or the previous one active, and begins anew at the ends. */
  readonly move: (by: 1 | -1) => void;
  /** Closes the menu until something else is typed. */
  readonly dismiss: () => void;
}
/**
 * The gateway's commands that fit the text; fetched when a slash is typed for the first time. Gateways of version 3 have none.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useComposer, useSlashCommands } from "@automna/react";
 *
 * function Commands() {
 *   const { text, setText } = useComposer();
 *   return useSlashCommands(text).commands.map(({ name, description }) => (
 *     <button key={name} title={description} onClick={() => setText(`${name} `)}>{name}</button>
 *   ));
 * }
 * ```
 */
declare function useSlashCommands(text: string): SlashMenu;
/**
 * The ids of the loaded messages whose text contains another one, oldest first. Case and accents do not matter.
 *
 * @returns none for an empty query
 *
 * @example
 * ```tsx
 * import { findMessages, useChatRuntime, useThreadScroll } from "@automna/react";
 *
 * function Mentions({ word }: { word: string }) {
 *   const { store } = useChatRuntime();
 *   const scroll = useThreadScroll();
 *   const last = () => findMessages(store.getState(), word).at(-1);
 *   return <button onClick={() => scroll.want(last() ?? null)}>Last mention of {word}</button>;
 * }
 * ```
 */
declare function findMessages(state: Pick<ChatState, "transcript">, query: string): readonly string[];
/** What {@link ApprovalCard} shows. */
interface ApprovalCardProps {
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
declare function ApprovalCard({ approval }: ApprovalCardProps): ReactElement;
/**
 * What the agent asks to be allowed, oldest first. Its place is always there, so that a request is announced. Takes the props of a
 * `section`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Approvals, ChatProvider, Composer, Thread, useClawdbotRuntime } from "@automna/react";
 *
 * function Chat() {
 *   const scopes = ["operator.read", "operator.write", "operator.approvals"];
 *   const runtime = useClawdbotRuntime({ gatewayUrl, authToken, scopes });
 *   return <ChatProvider runtime={runtime}><Thread /><Approvals /><Composer /></ChatProvider>;
 * }
 * ```
 */
declare function Approvals({ className, ...rest }: ComponentPropsWithoutRef<"section">): ReactElement;
/** How the chat looks, whatever it is connected to. */
interface ChatAppearance extends Omit<ComponentPropsWithoutRef<"section">, "title" | "children" | "onError"> {
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
type AutomnaChatProps = ChatAppearance &
  (
    | (ClawdbotRuntimeOptions & {
        readonly runtime?: undefined;
      })
    | {
        readonly runtime: ChatRuntime;
      }
  );
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
declare function AutomnaChat(props: AutomnaChatProps): ReactElement;
/** A header element's own props, and what stands in it. */
interface ChatHeaderProps extends Omit<ComponentPropsWithoutRef<"header">, "title"> {
  /** Default: the word for the assistant. */
  readonly title?: ReactNode;
  /** Buttons before the title. */
  readonly start?: ReactNode;
}
/**
 * Title, connection and, as children, what else the host puts there.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatHeader, ChatProvider, Thread } from "@automna/react";
 * import type { ChatRuntime } from "@automna/react";
 *
 * const Chat = ({ runtime }: { runtime: ChatRuntime }) => (
 *   <ChatProvider runtime={runtime}>
 *     <ChatHeader title="Support"><a href="/help">Help</a></ChatHeader>
 *     <Thread />
 *   </ChatProvider>
 * );
 * ```
 */
declare function ChatHeader({ title, start, className, children, ...rest }: ChatHeaderProps): ReactElement;
/** A form element's own props, and where the focus goes. */
interface ComposerProps extends Omit<ComponentPropsWithoutRef<"form">, "children" | "onSubmit"> {
  /** Takes the focus when it appears. */
  readonly autoFocus?: boolean;
  /** What is sent in place of a chosen, pasted or dropped file. Default: the file itself. */
  readonly prepareFile?: PrepareFile;
}
/**
 * Where a message is written: Enter sends, Shift+Enter starts a new line, Escape stops a reply, files are pasted or dropped. What
 * is sent brings the thread to its end.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer } from "@automna/react";
 *
 * <Composer autoFocus prepareFile={(file) => new File([file], "picture.png", { type: file.type })} />;
 * ```
 */
declare function Composer({ autoFocus, prepareFile, className, ...rest }: ComposerProps): ReactElement;
/**
 * What is to be told about the connection now, in the language of the chat. {@link ConnectionBanner} shows it.
 *
 * @returns `null` while all is well
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useConnectionNotice } from "@automna/react";
 *
 * function Status() {
 *   const notice = useConnectionNotice();
 *   return <p role="status">{notice && `${notice.title} ${notice.detail ?? ""}`}</p>;
 * }
 * ```
 */
declare function useConnectionNotice(): ConnectionNotice | null;
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
declare function ConnectionBanner({ className, ...rest }: ComponentPropsWithoutRef<"div">): ReactElement;
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
declare function ConnectionDot(): ReactElement;
/**
 * Brings the reader back to the newest message; says how many came meanwhile. Nothing while the end is in sight.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { JumpToLatest, Thread } from "@automna/react";
 *
 * const Conversation = () => <Thread overlay={<JumpToLatest />} />;
 * ```
 */
declare function JumpToLatest(): ReactElement | null;
/** Which message {@link MessageRow} shows, by its id. */
interface MessageRowProps {
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
declare const MessageRow: import("react").MemoExoticComponent<
  ({ id, previousId, awayAt }: MessageRowProps) => ReactElement | null
>;
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
declare function MessageView({ message }: { readonly message: Message }): ReactElement;
/**
 * The last action that failed and was not about one message, until it is dismissed. Its place is always there, so that it is
 * announced.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer, NoticeBar, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><NoticeBar /><Composer /></>;
 * ```
 */
declare function NoticeBar(): ReactElement;
/** The two products whose gateways know devices, by the names of their programs. */
type GatewayProgram = "openclaw" | "clawdbot";
/** A div element's own props, and what to type. */
interface PairingHelpProps extends ComponentPropsWithoutRef<"div"> {
  /** The request that waits for approval; `null` when the gateway has not named it. */
  readonly requestId: string | null;
  /** Whose commands are shown. Default: both, since a gateway that wants pairing does not say which one it is. */
  readonly programs?: readonly GatewayProgram[];
}
/**
 * The command that lists or approves a request, the same in both products but for the program's name.
 *
 * @param requestId `null`: nobody named it, so it is looked up
 *
 * @example
 * ```ts
 * import { pairingCommand } from "@automna/react";
 *
 * pairingCommand("6f2c"); // "openclaw devices approve 6f2c"
 * pairingCommand(null, "clawdbot"); // "clawdbot devices list"
 * ```
 */
declare function pairingCommand(requestId: string | null, program?: GatewayProgram): string;
/**
 * What to type on the gateway's machine so that it lets this device in. {@link ConnectionBanner} shows it when it is wanted. Needs
 * no chat around it.
 *
 * @example
 * ```tsx
 * import { PairingHelp, useConnection } from "@automna/react";
 *
 * function Pairing() {
 *   const connection = useConnection();
 *   if (connection.status !== "pairing") return null;
 *   return <PairingHelp requestId={connection.requestId} programs={["openclaw"]} />;
 * }
 * ```
 */
declare function PairingHelp({ requestId, programs, className, ...rest }: PairingHelpProps): ReactElement;
/** What {@link QuestionCard} asks. */
interface QuestionCardProps {
  /** One of {@link useQuestions}. */
  readonly request: QuestionRequest;
}
/**
 * One request of the agent: its questions with their choices, to be answered together or skipped. Without the right to answer it
 * says so.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { QuestionCard, useQuestions } from "@automna/react";
 *
 * function Asked() {
 *   return useQuestions().map((request) => <QuestionCard key={request.id} request={request} />);
 * }
 * ```
 */
declare function QuestionCard({ request }: QuestionCardProps): ReactElement;
/**
 * What the agent wants to know, oldest first. Its place is always there, so that a question is announced. Takes the props of a
 * `section`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer, Questions, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><Questions /><Composer /></>;
 * ```
 */
declare function Questions({ className, ...rest }: ComponentPropsWithoutRef<"section">): ReactElement;
/** What {@link Reasoning} shows. */
interface ReasoningProps {
  /** Shown as it is, not as markdown. */
  readonly text: string;
  /** It is being written now. */
  readonly active: boolean;
  /** Open when it appears. Default `false`. */
  readonly defaultOpen?: boolean;
}
/**
 * The model's thinking, closed until somebody wants to read it. What is closed is not rendered. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { Reasoning, useMessage } from "@automna/react";
 *
 * function Thoughts({ id }: { id: string }) {
 *   const message = useMessage(id);
 *   const active = message?.status === "streaming";
 *   return message?.parts.map((part, index) =>
 *     part.type === "reasoning" ? <Reasoning key={index} text={part.text} active={active} /> : null,
 *   );
 * }
 * ```
 */
declare function Reasoning({ text, active, defaultOpen }: ReasoningProps): ReactElement;
/** A div element's own props, and what stands around the messages. */
interface ThreadProps extends Omit<ComponentPropsWithoutRef<"div">, "children"> {
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
declare function Thread({ empty, overlay, className, ...rest }: ThreadProps): ReactElement;
/** What {@link ToolCall} shows. */
interface ToolCallProps {
  /** A part of a message. */
  readonly call: ToolCallPart;
  /** Beside the part's own class. */
  readonly className?: string;
}
/**
 * One tool call: its name and state in a line; arguments and result on demand, and only then rendered. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { ToolCall, useMessage } from "@automna/react";
 *
 * function Tools({ id }: { id: string }) {
 *   return useMessage(id)?.parts.map((part) =>
 *     part.type === "tool-call" ? <ToolCall key={part.toolCallId} call={part} /> : null,
 *   );
 * }
 * ```
 */
declare function ToolCall({ call, className }: ToolCallProps): ReactElement;
/**
 * Tells a screen reader when a reply begins and, once, what it says. The transcript itself is silent, because a live
 * region around streaming text reads every word on its own. One for each chat; it shows nothing.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Announcer, Composer, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><Composer /><Announcer /></>;
 * ```
 */
declare function Announcer(): ReactElement;
/** What the parts around the thread show. */
interface ThreadScrollState {
  /** The end of the thread is in sight or kept in sight. */
  readonly atEnd: boolean;
  /** The first message that came while the reader was elsewhere. */
  readonly unreadFrom: string | null;
  /** The message that somebody asked to be shown. */
  readonly target: string | null;
  /** Reading goes on at the target, so it takes the focus. */
  readonly focusTarget: boolean;
}
/** Groups of blocks that are in the document: from `start` up to, but without, `end`. */
interface GroupRange {
  readonly start: number;
  readonly end: number;
}
/** Decides which groups of one long text are in the document. */
interface TextWindow {
  readonly subscribe: (listener: () => void) => () => void;
  /** Another number when other groups are to be in the document. */
  readonly getVersion: () => number;
  /** Which of `count` groups to render now. */
  rangeFor(count: number): GroupRange;
  /** @param sources what every group says, as it was written */
  setSources(sources: () => readonly string[]): void;
  /** These groups are in the document now, as the last elements of `text`. */
  committed(text: HTMLElement, count: number, range: GroupRange): void;
  close(): void;
}
/** The rows that are in the document: from `start` up to, but without, `end`. */
interface RowRange {
  readonly start: number;
  readonly end: number;
}
/** A row in the document that is far from the viewport. */
interface AwayRow {
  readonly index: number;
  /** Distance from the first row, in CSS pixels. */
  readonly top: number;
}
/** A text of which only some groups of blocks are in the document. */
interface TextGroups {
  /** What each group says, as it was written. */
  sources(): readonly string[];
  /** What of the document shows a group. */
  elementsOf(group: number): readonly Element[];
  /** Has the groups around one rendered. `false`: it is in the document already. */
  goTo(group: number): boolean;
}
/**
 * Finds what is to be shown of a message. `null`: the message itself; `coming`: what is to be shown will be in the document,
 * and is looked for again then.
 */
type LocateInMessage = (
  message: HTMLElement,
  groupsOf: (text: Element) => TextGroups | undefined,
) => Range | "coming" | null;
/** How {@link ThreadScroll.show} shows a message. */
interface ShowOptions {
  /** Moves the focus there. Default `true`. */
  readonly focus?: boolean;
  /** What of it is brought into sight. Default: its beginning. */
  readonly locate?: LocateInMessage;
}
/**
 * The one owner of a thread's scroll position: everything that wants to move it asks here. {@link useThreadScroll} gives the one
 * in force; a host makes one where something outside of the chat is to move it.
 *
 * @example
 * ```tsx
 * import { Thread, ThreadScroll, ThreadScrollProvider } from "@automna/react";
 *
 * const scroll = new ThreadScroll();
 * const Conversation = () => <ThreadScrollProvider scroll={scroll}><Thread /></ThreadScrollProvider>;
 * const toTheEnd = () => scroll.follow();
 * ```
 */
declare class ThreadScroll {
  #private;
  /** What is shown now. The same object until something of it changes. */
  readonly getState: () => ThreadScrollState;
  /** What a server shows: the end of the thread. */
  readonly getServerState: () => ThreadScrollState;
  /** Calls the listener after each change, until the answer is called. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Called when the reader comes near the beginning. */
  readonly onOlder: (listener: () => void) => () => void;
  /** Called when other rows are to be in the document. */
  readonly onRange: (listener: () => void) => () => void;
  /** Another object when other rows are to be in the document. */
  readonly getRange: () => RowRange;
  /** Which of these rows are to be in the document. */
  rangeFor(ids: readonly string[]): RowRange;
  /** The row with the focus, when it is none of these. It is to be in the document too, out of the flow. */
  awayFrom(range: RowRange, ids: readonly string[]): AwayRow | null;
  /** A window for a text that may become long. */
  readonly openText: () => TextWindow;
  /** Takes over the scroll position of an element. */
  attach(element: HTMLElement): () => void;
  /**
   * The thread's content or viewport may have another size now. Changes no size itself, since it is called by who watches
   * them: other rows come a frame later.
   */
  settle(): void;
  /** These rows are in the document now, as elements of `list`. Another session (`fresh`) starts at its end with nothing unread. */
  rows(list: HTMLElement, ids: readonly string[], range: RowRange, fresh: boolean): void;
  /** Goes to the end and stays there. */
  follow(): void;
  /** Shows one message as soon as it is among the rows. `null`: no more. */
  want(id: string | null): void;
  /** Forgets what was asked to be shown. */
  clearTarget(): void;
  /** The target has the focus. It takes it once: whoever wrote on meanwhile keeps it. */
  focused(): void;
  /** Goes to the first loaded row. */
  toStart(): void;
  /** Shows one message. `false`: it is not among the loaded rows. */
  show(id: string, { focus, locate }?: ShowOptions): boolean;
}
/** Whose scroll position is shared. */
interface ThreadScrollProviderProps {
  /** Default: a new one. */
  readonly scroll?: ThreadScroll;
  /** One thread with its composer, jump button and search. */
  readonly children?: ReactNode;
}
/**
 * Lets the parts around a thread (composer, jump button, search) move it. Needed where one `ChatProvider` has several
 * threads: the parts of one outside of it share one scroll position.
 *
 * @example
 * ```tsx
 * import { ChatProvider, Composer, Thread, ThreadScrollProvider } from "@automna/react";
 * import type { ChatRuntime } from "@automna/react";
 *
 * const TwoViews = ({ runtime }: { runtime: ChatRuntime }) => (
 *   <ChatProvider runtime={runtime}>
 *     <ThreadScrollProvider><Thread /><Composer /></ThreadScrollProvider>
 *     <ThreadScrollProvider><Thread aria-label="Overview" /></ThreadScrollProvider>
 *   </ChatProvider>
 * );
 * ```
 */
declare function ThreadScrollProvider({ scroll, children }: ThreadScrollProviderProps): ReactElement;
/**
 * The scroll position of the nearest {@link ThreadScrollProvider}, or of the nearest {@link ChatProvider}; outside of both one that
 * moves nothing.
 *
 * @example
 * ```tsx
 * import { useThreadScroll } from "@automna/react";
 *
 * function ToTheBeginning() {
 *   const scroll = useThreadScroll();
 *   return <button onClick={() => scroll.toStart()}>To the beginning</button>;
 * }
 * ```
 */
declare function useThreadScroll(): ThreadScroll;
/**
 * One fact about the thread's scroll position. The component renders again only when the selected value is another one.
 *
 * @example
 * ```tsx
 * import { useThreadScrollState } from "@automna/react";
 *
 * function Reading() {
 *   const atEnd = useThreadScrollState((state) => state.atEnd);
 *   return atEnd ? null : <p>You are reading earlier messages.</p>;
 * }
 * ```
 */
declare function useThreadScrollState<T>(selector: (state: ThreadScrollState) => T): T;
/** Who closes the {@link FindBar}. */
interface FindBarProps {
  /** Called on Escape and by its button: take the bar away then. */
  readonly onClose: () => void;
}
/**
 * Finds text in all loaded messages, and on demand in earlier ones. The browser's own search sees only the rows that are
 * in the document. It takes the focus when it appears.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { FindBar } from "@automna/react";
 * import { useState } from "react";
 *
 * function Search() {
 *   const [isOpen, setOpen] = useState(false);
 *   if (isOpen) return <FindBar onClose={() => setOpen(false)} />;
 *   return <button onClick={() => setOpen(true)}>Search</button>;
 * }
 * ```
 */
declare function FindBar({ onClose }: FindBarProps): ReactElement;
/**
 * The gateway's models, fetched once for each connection that can switch them; none before, and where the person may not.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useChatActions, useModels } from "@automna/react";
 *
 * function Models() {
 *   const { setModel } = useChatActions();
 *   return useModels().map(({ id, name }) => (
 *     <button key={id} onClick={() => setModel(id).catch(console.error)}>{name}</button>
 *   ));
 * }
 * ```
 */
declare function useModels(): readonly ModelChoice[];
/**
 * Which model answers in the open session, and how long it thinks. Nothing where the gateway offers no choice. {@link Composer} has
 * it already. Takes the props of a `div`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatHeader, RunSettings } from "@automna/react";
 *
 * const Header = () => <ChatHeader title="Support"><RunSettings /></ChatHeader>;
 * ```
 */
declare function RunSettings(props: ComponentPropsWithoutRef<"div">): ReactElement | null;
/** A nav element's own props, and what follows a choice. */
interface SessionListProps extends Omit<ComponentPropsWithoutRef<"nav">, "children"> {
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
declare function SessionList({ onOpened, className, ...rest }: SessionListProps): ReactElement;
/** What {@link AttachmentTray} shows. */
interface AttachmentTrayProps {
  /** Of {@link useComposer}. Sizes are in bytes. */
  readonly attachments: readonly TrayFile[];
  /** Gets the place in the list. */
  readonly onRemove: (index: number) => void;
}
/**
 * The files that go with the message that is being written. Nothing when there are none. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { AttachmentTray, useComposer } from "@automna/react";
 *
 * function Files() {
 *   const { attachments, removeAttachment } = useComposer();
 *   return <AttachmentTray attachments={attachments} onRemove={removeAttachment} />;
 * }
 * ```
 */
declare function AttachmentTray({ attachments, onRemove }: AttachmentTrayProps): ReactElement | null;
/**
 * What {@link Thread} shows in a conversation that has not begun, unless it is given something else. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { EmptyThread, Thread } from "@automna/react";
 *
 * const Conversation = () => <Thread empty={<><EmptyThread /><p>Ask about our opening hours.</p></>} />;
 * ```
 */
declare function EmptyThread(): ReactElement;
/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages of this
 * session are fetched, until one is refused.
 *
 * @param id or what `linkIdOf` named it by; `null`: nothing is asked for
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Thread, useShowMessage } from "@automna/react";
 *
 * function Linked({ messageId }: { messageId: string | null }) {
 *   useShowMessage(messageId);
 *   return <Thread />;
 * }
 * ```
 */
declare function useShowMessage(id: string | null): void;
export {
  Announcer,
  ApprovalCard,
  type ApprovalCardProps,
  Approvals,
  AttachmentTray,
  type AttachmentTrayProps,
  AutomnaChat,
  type AutomnaChatProps,
  type AwayRow,
  type ChatAppearance,
  ChatHeader,
  type ChatHeaderProps,
  ChatProvider,
  type ChatProviderProps,
  type ChatRuntime,
  type ClawdbotRuntimeOptions,
  Composer,
  type ComposerCommand,
  type ComposerProps,
  type Composer$1 as ComposerState,
  ConnectionBanner,
  ConnectionDot,
  type ConnectionNotice,
  type CreateStore,
  type Drafts,
  EmptyThread,
  FindBar,
  type FindBarProps,
  type GatewayProgram,
  type GroupRange,
  JumpToLatest,
  type KeyPress,
  LanguageProvider,
  type LanguageProviderProps,
  type LocateInMessage,
  Markdown,
  type MarkdownConfig,
  MarkdownConfigProvider,
  type MarkdownProps,
  MessageRow,
  type MessageRowProps,
  MessageView,
  MissingChatError,
  NoticeBar,
  PairingHelp,
  type PairingHelpProps,
  type Plural,
  type PrepareFile,
  QuestionCard,
  type QuestionCardProps,
  Questions,
  Reasoning,
  type ReasoningProps,
  type RowRange,
  RunSettings,
  SessionList,
  type SessionListProps,
  type ShowOptions,
  type SlashMenu,
  type Strings,
  type TextGroups,
  type TextWindow,
  Thread,
  type ThreadProps,
  ThreadScroll,
  ThreadScrollProvider,
  type ThreadScrollProviderProps,
  type ThreadScrollState,
  ToolCall,
  type ToolCallProps,
  type TrayFile,
  composerCommand,
  createChatRuntime,
  describeConnection,
  en,
  findMessages,
  formatSeconds,
  isForInputMethod,
  memoryDrafts,
  pairingCommand,
  runtimeOf,
  secondsUntil,
  tabDrafts,
  useApprovals,
  useCapabilities,
  useChatActions,
  useChatRuntime,
  useChatState,
  useClawdbotRuntime,
  useComposer,
  useConnection,
  useConnectionNotice,
  useHistory,
  useIsRunning,
  useMessage,
  useMessageIds,
  useModels,
  useNotice,
  useOutbox,
  useQuestions,
  useQuietState,
  useRuns,
  useSessionKey,
  useSessions,
  useShowMessage,
  useSlashCommands,
  useStrings,
  useThreadScroll,
  useThreadScrollState,
};
