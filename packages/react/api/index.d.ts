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
/** Texts that were typed but not sent, one for each session. */
interface Drafts {
  get(sessionKey: string): string;
  set(sessionKey: string, text: string): void;
}
/** Drafts that end with the page. */
declare function memoryDrafts(): Drafts;
/**
 * Drafts that survive a reload of the tab, and end with it.
 *
 * @param scope what keeps the drafts of one person and gateway apart from another's, such as the gateway's address
 * @param area asked for at the first use; throwing means that there is none
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
 * @example
 * ```ts
 * const store = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const runtime = runtimeOf(store);
 * ```
 */
declare function runtimeOf(store: ChatStore, drafts?: Drafts): ChatRuntime;
/** Makes a runtime. Nothing is opened before its store is started. */
declare function createChatRuntime(options: ChatStoreOptions, create?: CreateStore): ChatRuntime;
/** The code, and how it is copied and coloured. */
interface CodeBlockProps extends Pick<
  MarkdownConfig,
  "copyText" | "highlighter" | "labels" | "onError" | "scheduleIdle"
> {
  readonly code: string;
  /** Shown above the code and given to the highlighter. */
  readonly language?: string;
  /** The code is still being written: it stays plain until it is complete. */
  readonly streaming?: boolean;
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
  readonly text: string;
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
  readonly block: readonly SyntaxRule[];
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
  readonly settings: MarkdownSettings;
}
/** What the component of a code language gets. */
interface PluginCodeProps {
  readonly code: string;
  readonly language: string;
  /** The ordinary code block. */
  readonly fallback: ReactElement;
  readonly settings: MarkdownSettings;
}
/** An addition to markdown: constructs of its own, or another view of a code language. */
interface MarkdownPlugin {
  readonly name: string;
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
  readonly components?: MarkdownComponents;
  readonly urlPolicy?: UrlPolicyOptions;
  /** Colours code blocks; none: they stay plain. */
  readonly highlighter?: CodeHighlighter;
  /** Math, diagrams and other additions. Keep the array outside of the component: a new one lexes anew. */
  readonly plugins?: readonly MarkdownPlugin[];
  readonly labels?: Partial<MarkdownLabels>;
  /**
   * Added to every heading's level, so that a message does not compete with the page's own outline.
   *
   * @defaultValue 2 (`#` becomes `h3`)
   */
  readonly headingOffset?: number;
  /** Told of a highlighter, plugin or lexer that failed; the text stays readable without it. */
  readonly onError?: (error: unknown) => void;
  /** Writes to the clipboard. */
  readonly copyText?: (text: string) => Promise<void>;
  /** Runs a task when the browser has time. */
  readonly scheduleIdle?: ScheduleIdle;
}
/** A {@link MarkdownConfig} with everything decided. */
interface MarkdownSettings {
  readonly components: MarkdownComponents;
  readonly policy: UrlPolicy;
  readonly highlighter: CodeHighlighter | undefined;
  readonly plugins: readonly MarkdownPlugin[];
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
 * @example
 * ```tsx
 * const count = useQuietState((state) => state.transcript.order.length);
 * ```
 */
declare function useQuietState<T>(selector: (state: ChatState) => T, runtime?: ChatRuntime): T;
/** What a person can do in this chat. Stable. */
declare function useChatActions(runtime?: ChatRuntime): ChatActions;
/** What the connection is doing. */
declare function useConnection(runtime?: ChatRuntime): ConnectionState;
/** The ids of all messages in reading order: the React keys of the rows. Changes when a row comes, goes or moves. */
declare function useMessageIds(runtime?: ChatRuntime): readonly string[];
/**
 * One message. No other message's change renders the component again; while this one streams, it renders some thirty times
 * a second at most, a long one seven times, and one that comes faster than anybody reads five times.
 *
 * @returns `undefined` when the message is gone.
 */
declare function useMessage(id: string, runtime?: ChatRuntime): Message | undefined;
/** How much of the history is here. */
declare function useHistory(runtime?: ChatRuntime): HistoryState;
/** The runs that are going on in the open session, oldest first. */
declare function useRuns(runtime?: ChatRuntime): readonly ActiveRun[];
/** Whether a run is going on in the open session. */
declare function useIsRunning(runtime?: ChatRuntime): boolean;
/** Own sends that the gateway's history does not show yet. */
declare function useOutbox(runtime?: ChatRuntime): readonly OutboxEntry[];
/** What this gateway can do; `null` before the first connection. */
declare function useCapabilities(runtime?: ChatRuntime): Capabilities | null;
/** The open session's canonical key. */
declare function useSessionKey(runtime?: ChatRuntime): string;
/** The session list, loaded and kept current while a component with this hook is mounted. */
declare function useSessions(runtime?: ChatRuntime): SessionListState;
/** What the agent asks to be allowed. */
declare function useApprovals(runtime?: ChatRuntime): readonly Approval[];
/** What the agent wants to know. */
declare function useQuestions(runtime?: ChatRuntime): readonly QuestionRequest[];
/** The last action that failed and was not about one message. */
declare function useNotice(runtime?: ChatRuntime): MessageError | null;
/** The chat that everything inside of {@link ChatProvider} belongs to. */
interface ChatProviderProps {
  readonly runtime: ChatRuntime;
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
/** There is no runtime to read from. */
declare class MissingChatError extends Error {
  readonly name = "MissingChatError";
  readonly code = "MISSING_CHAT";
  constructor();
}
/**
 * The runtime of the nearest {@link ChatProvider}, or the one that is passed.
 *
 * @throws {MissingChatError} when there is neither.
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
 * navigation) goes on with the socket that is there.
 *
 * - Another `gatewayUrl` or `authToken` string is another gateway or person: a new chat, and the old one is closed.
 * - Functions are asked again on every attempt; a new function in each render reconnects nothing. Whose messages wait is then
 *   told by `storageScope` alone; without one they end with the page, and drafts with them.
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
/** Gives the file that is to be sent in place of the one that was chosen: smaller, or without its metadata. */
type PrepareFile = (file: File) => File | Promise<File>;
/** A file that was chosen for the message that is being written. */
interface TrayFile extends Attachment {
  /** It has no content yet, and may be taken out all the same. */
  readonly isReading?: boolean;
}
/** A message that is being written. */
interface Composer$1 {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** The files of this message, those included that are still being read. */
  readonly attachments: readonly TrayFile[];
  /** Reads files and adds those that this gateway accepts. */
  readonly addFiles: (files: readonly File[]) => Promise<void>;
  readonly removeAttachment: (index: number) => void;
  /** Why the last files or the last send were refused, for the person. */
  readonly problems: readonly string[];
  readonly dismissProblems: () => void;
  /** `false` also while files are being read: they belong to this message, until they are removed. */
  readonly canSend: boolean;
  /** Sends it and starts over. `false`: there is nothing to send, or it was refused and stays here. */
  readonly send: () => boolean;
  readonly isRunning: boolean;
  readonly stop: () => void;
}
/**
 * Everything a composer needs, without its looks. Text and files are kept for each session, across switches, the text (for
 * a gateway with a fixed address) also across reloads of the tab.
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
  readonly direction: "ltr" | "rtl";
  readonly chat: {
    readonly label: string;
    readonly conversation: string;
    readonly you: string;
    readonly assistant: string;
    readonly system: string;
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
    readonly brokenMessage: string;
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
    readonly removeAttachment: string;
    readonly attachments: string;
    readonly dropHere: string;
    readonly unreadable: string;
    readonly tooLarge: string;
    readonly onlyPictures: string;
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
    readonly usage: string;
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
    readonly finished: string;
    readonly aborted: string;
    readonly failed: string;
  };
  readonly markdown: MarkdownLabels;
}
/** What a person should know about the connection. `null` means: nothing, all is well. */
interface ConnectionNotice {
  readonly tone: "progress" | "waiting" | "attention" | "problem";
  readonly title: string;
  readonly detail: string | null;
  /** Milliseconds since the epoch of the next attempt. */
  readonly retryAt: number | null;
  /** The pairing request that waits for approval. */
  readonly requestId: string | null;
  readonly canReconnect: boolean;
}
/**
 * Puts a connection state into words, translated by its stable code. What a translation does not know, the client's own
 * sentence says.
 *
 * @param everConnected `true` after the first hello-ok: then connecting is reconnecting
 */
declare function describeConnection(
  state: ConnectionState,
  everConnected: boolean,
  strings: Pick<Strings, "connection">,
): ConnectionNotice | null;
/** Whole seconds until `retryAt`, never negative. */
declare function secondsUntil(retryAt: number, now: number): number;
/** `4 s`, `2 min 30 s`, `12 min`: as short as it is true. */
declare function formatSeconds(seconds: number, locale: string): string;
/** The catalogue that everything inside of {@link LanguageProvider} speaks. */
interface LanguageProviderProps {
  readonly strings: Strings;
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
/** The strings in force here. */
declare function useStrings(): Strings;
/** The part of a keyboard event that decides. */
interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** An input method is composing: its keys belong to it. */
  readonly isComposing: boolean;
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
  readonly commands: readonly SlashCommand[];
  /** Which one Enter takes. */
  readonly active: number;
  readonly move: (by: 1 | -1) => void;
  readonly dismiss: () => void;
}
/** The gateway's commands that fit the text; fetched when a slash is typed for the first time. */
declare function useSlashCommands(text: string): SlashMenu;
/** The ids of the loaded messages that contain a text, oldest first. */
declare function findMessages(state: Pick<ChatState, "transcript">, query: string): readonly string[];
/** What {@link ApprovalCard} shows. */
interface ApprovalCardProps {
  readonly approval: Approval;
}
/** One request: exactly what is to be done, and the answers that the gateway takes. */
declare function ApprovalCard({ approval }: ApprovalCardProps): ReactElement;
/** What the agent asks to be allowed, oldest first. Its place is always there, so that a request is announced. */
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
  /** A message to show, for instance from a link; earlier pages are loaded until it is there. */
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
  readonly title?: ReactNode;
  /** Buttons before the title. */
  readonly start?: ReactNode;
}
/** Title, connection and what else the host puts there. */
declare function ChatHeader({ title, start, className, children, ...rest }: ChatHeaderProps): ReactElement;
/** A form element's own props, and where the focus goes. */
interface ComposerProps extends Omit<ComponentPropsWithoutRef<"form">, "children" | "onSubmit"> {
  /** Takes the focus when it appears. */
  readonly autoFocus?: boolean;
  /** What is sent in place of a chosen, pasted or dropped file. Default: the file itself. */
  readonly prepareFile?: PrepareFile;
}
/** Where a message is written: Enter sends, Shift+Enter starts a new line, Escape stops a reply, files are pasted or dropped. */
declare function Composer({ autoFocus, prepareFile, className, ...rest }: ComposerProps): ReactElement;
/** What is to be told about the connection now; `null` while all is well. */
declare function useConnectionNotice(): ConnectionNotice | null;
/**
 * One line about a connection that is not ready, with what to do about it. Its place in the page is always there, so
 * that a screen reader hears it change.
 */
declare function ConnectionBanner({ className, ...rest }: ComponentPropsWithoutRef<"div">): ReactElement;
/** The connection as a small coloured sign with its name; the banner says the rest. */
declare function ConnectionDot(): ReactElement;
/** Brings the reader back to the newest message; says how many came meanwhile. */
declare function JumpToLatest(): ReactElement | null;
/** Which message {@link MessageRow} shows, by its id. */
interface MessageRowProps {
  readonly id: string;
  /** The message above, for the date between them. */
  readonly previousId: string | undefined;
  /** It has the focus, but is far from the viewport: so many CSS pixels below the first row, out of the flow. */
  readonly awayAt?: number | undefined;
}
/** One row of the thread. Renders again only for its own message. */
declare const MessageRow: import("react").MemoExoticComponent<
  ({ id, previousId, awayAt }: MessageRowProps) => ReactElement | null
>;
/** A message with everything that belongs to it. */
declare function MessageView({ message }: { readonly message: Message }): ReactElement;
/** The last action that failed and was not about one message. */
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
/** The command that lists or approves a request, the same in both products but for the program's name. */
declare function pairingCommand(requestId: string | null, program?: GatewayProgram): string;
/** What to type on the gateway's machine so that it lets this device in. */
declare function PairingHelp({ requestId, programs, className, ...rest }: PairingHelpProps): ReactElement;
/** What {@link QuestionCard} asks. */
interface QuestionCardProps {
  readonly request: QuestionRequest;
}
/** One request of the agent: its questions with their choices, to be answered together or skipped. */
declare function QuestionCard({ request }: QuestionCardProps): ReactElement;
/** What the agent wants to know, oldest first. Its place is always there, so that a question is announced. */
declare function Questions({ className, ...rest }: ComponentPropsWithoutRef<"section">): ReactElement;
/** What {@link Reasoning} shows. */
interface ReasoningProps {
  readonly text: string;
  /** It is being written now. */
  readonly active: boolean;
  /** Default: closed. */
  readonly defaultOpen?: boolean;
}
/** The model's thinking, closed until somebody wants to read it. What is closed is not rendered. */
declare function Reasoning({ text, active, defaultOpen }: ReasoningProps): ReactElement;
/** A div element's own props, and what stands around the messages. */
interface ThreadProps extends Omit<ComponentPropsWithoutRef<"div">, "children"> {
  /** Shown in a conversation without messages. */
  readonly empty?: ReactNode;
  /** Floats above the lower edge. Inside of the thread, so that a wheel over it scrolls the thread. */
  readonly overlay?: ReactNode;
}
/**
 * The messages of the open session. It scrolls, follows the newest text until the reader scrolls up, and fetches earlier
 * pages when the reader comes near the beginning.
 */
declare function Thread({ empty, overlay, className, ...rest }: ThreadProps): ReactElement;
/** What {@link ToolCall} shows. */
interface ToolCallProps {
  readonly call: ToolCallPart;
  readonly className?: string;
}
/** One tool call: its name and state in a line; arguments and result on demand, and only then rendered. */
declare function ToolCall({ call, className }: ToolCallProps): ReactElement;
/**
 * Tells a screen reader when a reply begins and, once, what it says. The transcript itself is silent, because a live
 * region around streaming text reads every word on its own.
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
 * The one owner of a thread's scroll position. Everything that wants to move it asks here; what it decides is in
 * `scroll-decisions.ts`, which rows are in the document in `row-window.ts`.
 */
declare class ThreadScroll {
  #private;
  readonly getState: () => ThreadScrollState;
  readonly getServerState: () => ThreadScrollState;
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
  readonly children?: ReactNode;
}
/**
 * Lets the parts around a thread (composer, jump button, search) move it. Needed where one `ChatProvider` has several
 * threads: the parts of one outside of it share one scroll position.
 */
declare function ThreadScrollProvider({ scroll, children }: ThreadScrollProviderProps): ReactElement;
/** The scroll position of the nearest {@link ThreadScrollProvider}, or of the nearest `ChatProvider`; outside of both one that moves nothing. */
declare function useThreadScroll(): ThreadScroll;
/** One fact about the thread's scroll position. */
declare function useThreadScrollState<T>(selector: (state: ThreadScrollState) => T): T;
/** Who closes the {@link FindBar}. */
interface FindBarProps {
  readonly onClose: () => void;
}
/**
 * Finds text in all loaded messages, and on demand in earlier ones. The browser's own search sees only the rows that are
 * in the document.
 */
declare function FindBar({ onClose }: FindBarProps): ReactElement;
/** The gateway's models, fetched once for each connection that can switch them. */
declare function useModels(): readonly ModelChoice[];
/** Which model answers, and how long it thinks. Nothing where the gateway offers no choice. */
declare function RunSettings(props: ComponentPropsWithoutRef<"div">): ReactElement | null;
/** A nav element's own props, and what follows a choice. */
interface SessionListProps extends Omit<ComponentPropsWithoutRef<"nav">, "children"> {
  /** Called when the person has opened a session, for instance to close a drawer. */
  readonly onOpened?: () => void;
}
/** The gateway's sessions, live: open one, make a new one, rename, reset, delete. */
declare function SessionList({ onOpened, className, ...rest }: SessionListProps): ReactElement;
/** What {@link AttachmentTray} shows; `onRemove` gets the place in the list. */
interface AttachmentTrayProps {
  readonly attachments: readonly TrayFile[];
  readonly onRemove: (index: number) => void;
}
/** The files that go with the message that is being written. */
declare function AttachmentTray({ attachments, onRemove }: AttachmentTrayProps): ReactElement | null;
/** A conversation that has not begun. */
declare function EmptyThread(): ReactElement;
/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages of this
 * session are fetched, until one is refused.
 *
 * @param id `null`: nothing is asked for
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
  JumpToLatest,
  type KeyPress,
  LanguageProvider,
  type LanguageProviderProps,
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
  RunSettings,
  SessionList,
  type SessionListProps,
  type SlashMenu,
  type Strings,
  Thread,
  type ThreadProps,
  ThreadScroll,
  ThreadScrollProvider,
  type ThreadScrollProviderProps,
  type ThreadScrollState,
  ToolCall,
  type ToolCallProps,
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
