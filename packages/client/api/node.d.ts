import {
  AdviceCode,
  BootIdentity,
  Call,
  ChatErrorKind,
  ClientInfo,
  ConnectAdvice,
  DeviceIdentity,
  EventFrame,
  HelloOk,
} from "@automna/protocol";
import { StoreApi } from "zustand/vanilla";
/** A file that goes out with a message. `content` is base64 without a `data:` prefix. */
interface Attachment {
  readonly fileName: string;
  readonly mimeType: string;
  /** Size of the decoded bytes. */
  readonly size: number;
  readonly content: string;
}
/** What this gateway accepts. Decided at hello-ok; checked before anything is uploaded. */
interface AttachmentLimits {
  /** Largest decoded file, bytes. */
  readonly maxFileBytes: number;
  /** Largest decoded picture, bytes. */
  readonly maxImageBytes: number;
  /** Largest sum of one message's attachments as base64 characters. */
  readonly maxTotalChars: number;
  /** `false`: the gateway silently drops everything but pictures. */
  readonly acceptsFiles: boolean;
}
/**
 * Why the client waits before the next attempt. {@link connectionSentence} puts it into words.
 *
 * `provider-failed`: the address or the token could not be fetched. `part-missing`: a part of this package could not be
 * loaded. `client-failed`: something else failed on this side, before the gateway was asked.
 */
interface WaitReason {
  /** Stable, for programs and translations. */
  readonly code: AdviceCode | "provider-failed" | "part-missing" | "client-failed";
  /** The gateway's own words, where no code says more; what failed, where that was on this side. */
  readonly detail?: string;
}
/**
 * What the connection is doing. Exactly one of these is true at any time.
 *
 * - `waiting` and `pairing` go on by themselves at `retryAt` (milliseconds since the epoch), or at once on
 *   `reconnect()`.
 * - `failed` waits for the person or for new credentials: it never retries by itself, because a gateway locks out
 *   whoever repeats a wrong token.
 */
type ConnectionState =
  | {
      readonly status: "idle";
    }
  | {
      readonly status: "connecting";
      readonly attempt: number;
    }
  | {
      readonly status: "authenticating";
      readonly attempt: number;
    }
  | {
      readonly status: "ready";
      readonly hello: HelloOk;
      readonly since: number;
    }
  | {
      readonly status: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly reason: WaitReason;
    }
  | {
      readonly status: "pairing";
      readonly requestId: string | null;
      readonly retryAt: number;
    }
  | {
      readonly status: "failed";
      readonly advice: ConnectAdvice;
    }
  | {
      readonly status: "closed";
    };
/** Who speaks. Tool results are parts of the assistant message that called the tool; `system` rows are boundaries. */
type MessageRole = "user" | "assistant" | "system";
/**
 * Where a message is in its life.
 *
 * - `queued`: an own send that waits for the connection or for an earlier send.
 * - `sending`: on the wire, not acknowledged yet.
 * - `sent`: acknowledged by the gateway, not seen in its history yet.
 * - `unconfirmed`: it may or may not have arrived; the person decides (retry or discard).
 * - `failed`: refused; the reason is in `error`.
 * - `streaming`: a reply that is being written.
 * - `complete`, `aborted`, `error`: nothing more will come.
 */
type MessageStatus =
  | "queued"
  | "sending"
  | "sent"
  | "unconfirmed"
  | "failed"
  | "streaming"
  | "complete"
  | "aborted"
  | "error";
/** Text as the model or the person wrote it (Markdown for assistants). */
interface TextPart {
  readonly type: "text";
  readonly text: string;
}
/** The model's thinking, when the gateway shows it. */
interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
}
/** One tool call with what is known of its result so far. */
interface ToolCallPart {
  readonly type: "tool-call";
  readonly toolCallId: string;
  readonly name: string;
  /** The arguments as the gateway sent them. */
  readonly args: unknown;
  readonly state: "running" | "done" | "error";
  /** A short human title, when the gateway gives one. */
  readonly title?: string;
  /** The result's text (partial while `running`). */
  readonly result?: string;
}
/**
 * A picture: `url` is a `data:` or `https:` address; never fetch it without asking the host. One that the gateway keeps
 * has an `artifactId` instead: `loadArtifact` gives an address that expires.
 */
interface ImagePart {
  readonly type: "image";
  readonly mimeType: string;
  readonly url?: string;
  readonly artifactId?: string;
  readonly fileName?: string;
}
/** Any other file. */
interface FilePart {
  readonly type: "file";
  readonly mimeType: string;
  readonly fileName?: string;
}
/** The place in the transcript where the session was reset or compacted. */
interface BoundaryPart {
  readonly type: "boundary";
  readonly kind: "compaction" | "reset" | "notice";
  readonly text: string;
}
/** What a message is made of, in reading order. */
type MessagePart = TextPart | ReasoningPart | ToolCallPart | ImagePart | FilePart | BoundaryPart;
/** Why a message or run failed. */
interface MessageError {
  readonly message: string;
  /**
   * `interrupted`: the gateway restarted in the middle of the run. `rejected`: the gateway refused the message. `files`: the
   * files of an earlier message cannot be sent again.
   */
  readonly kind: ChatErrorKind | "interrupted" | "rejected" | "files";
  /** What an action failed with, for instance a {@link MessageTooLongError}. */
  readonly cause?: unknown;
}
/** What a run cost, summed over its model calls. Token counts; `cost` in US dollars when the gateway knows it. */
interface MessageUsage {
  readonly input: number;
  readonly output: number;
  readonly total: number;
  readonly cost?: number;
}
/**
 * One message of the transcript.
 *
 * `id` is stable: it stays the same from optimistic to stored and from streaming to stored, so it is the React key.
 * A message object is immutable; it is replaced only when something in it changed.
 */
interface Message {
  readonly id: string;
  readonly role: MessageRole;
  readonly status: MessageStatus;
  readonly parts: readonly MessagePart[];
  /** Milliseconds since the epoch, the gateway's clock once stored. */
  readonly createdAt: number;
  /** The gateway has it in its history. `false`: only this client knows it. */
  readonly stored: boolean;
  /** Own sends: the idempotency key. It never changes, and names the run that answers. */
  readonly sendId?: string;
  /** The run that wrote this message. */
  readonly runId?: string;
  readonly error?: MessageError;
  readonly usage?: MessageUsage;
  readonly model?: string;
  /** The gateway's row ids behind this message, oldest first. Used to fetch truncated text. */
  readonly rowIds?: readonly string[];
  /** The gateway shortened this entry; `loadFull(id)` fetches the rest. */
  readonly truncated?: boolean;
}
/**
 * Where an own send is.
 *
 * - `queued`: not put on any wire.
 * - `sending`: put on a wire, no acknowledgement seen.
 * - `acked`: the gateway answered, but that is not durable: a crash right after it loses the message.
 * - `unconfirmed`: it is not known whether it was stored, and resending could run it twice: the person decides.
 * - `failed`: the gateway refused it.
 *
 * A send that was found in the gateway's history leaves the outbox.
 */
type OutboxState = "queued" | "sending" | "acked" | "unconfirmed" | "failed";
/** One own send, as it is kept in durable storage until the gateway's history shows it. */
interface OutboxEntry {
  /** The idempotency key; also the id of the run that answers. Stable across retries, reconnects and reloads. */
  readonly sendId: string;
  readonly sessionKey: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** The thinking level for this one turn. */
  readonly thinking?: string;
  /** Whether the answer also goes to the session's channel. */
  readonly deliver?: boolean;
  readonly state: OutboxState;
  /** Milliseconds since the epoch, this client's clock. */
  readonly createdAt: number;
  /** Its place among all: greater is later, also within a millisecond and when the clock is set back. */
  readonly place?: number;
  /** How often it was put on a wire. */
  readonly attempts: number;
  /** Which boot of the gateway it was sent to, `null` while it never left. */
  readonly boot: BootIdentity | null;
  /**
   * The newest row of a user in the history before it was first put on a wire, `null` where none was seen: its own row
   * can only be behind that one.
   */
  readonly after?: string | null;
  /** When it was last put on a wire, milliseconds since the epoch; 0 while it never was. */
  readonly sentAt: number;
  /** Its run was seen ending (final, aborted or error): it must never be sent again. */
  readonly runEnded?: boolean;
  /** Only an acknowledgement told of that end: the message may have been put behind a running one. */
  readonly endUnseen?: boolean;
  /** Its run ended at once because it was put behind a running one: the answer comes under another run. */
  readonly queuedBehind?: boolean;
  /** The person wants its run stopped, of which no end was seen: it is sent again only when they ask for it. */
  readonly stopWanted?: boolean;
  readonly error?: MessageError;
}
/**
 * The ordered messages. `order` changes only when a message appears, moves or disappears; while a reply streams only one
 * entry of `live` is replaced, so that a subscriber to one message is woken for that message alone, and the cost of a
 * delta does not depend on the length of the thread.
 *
 * Read a message with {@link selectMessage}; `live` wins over `settled`.
 */
interface Transcript {
  readonly order: readonly string[];
  readonly settled: Readonly<Record<string, Message>>;
  readonly live: Readonly<Record<string, Message>>;
}
/** A run that is going on in the open session. */
interface ActiveRun {
  readonly runId: string;
  /** The id of the message it writes. */
  readonly messageId: string;
  /** Started by a send of this client. */
  readonly own: boolean;
  /** What the gateway says it is doing (`preparing_context`, `starting_model`, `retrying`, ...). Free text. */
  readonly phase: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}
/** What of the open session's history is here. */
type HistoryState =
  | {
      readonly status: "none";
    }
  | {
      readonly status: "loading";
    }
  | {
      readonly status: "ready";
      readonly hasOlder: boolean;
      readonly loadingOlder: boolean;
      /** What is here does not reach back to the beginning, and the gateway shows no more (version 3). */
      readonly isCut?: true;
    }
  | {
      readonly status: "failed";
      readonly error: MessageError;
    };
/** What this gateway can do; decided by protocol version, granted scopes and advertised methods at hello-ok. */
interface Capabilities {
  readonly protocol: 3 | 4;
  readonly attachments: AttachmentLimits;
  readonly canAbort: boolean;
  /** Give a session another title. */
  readonly canRename: boolean;
  readonly canReset: boolean;
  readonly canDelete: boolean;
  readonly canCreateSession: boolean;
  readonly canPatchModel: boolean;
  readonly canApprove: boolean;
  readonly canAnswer: boolean;
  readonly hasLiveSessionList: boolean;
  /** Tools are told while they run, not only with the reply: on version 3 to admins alone. */
  readonly hasLiveTools: boolean;
  readonly hasSlashCommands: boolean;
  readonly hasArtifacts: boolean;
}
/** One row of the session list. */
interface SessionSummary {
  /** Canonical: what `switchSession` and the other actions take. */
  readonly key: string;
  /** `""` for a session that nobody named and that says nothing yet. */
  readonly title: string;
  /** The beginning of its last text; `null` where there is none. */
  readonly preview: string | null;
  /** Milliseconds since the epoch, `null` for a session that was never used. */
  readonly updatedAt: number | null;
  readonly unread: boolean;
  readonly running: boolean;
  /** `null` where the gateway does not say; so are `model` and `thinkingLevel`. */
  readonly totalTokens: number | null;
  /** `provider/model`. */
  readonly model: string | null;
  readonly thinkingLevel: string | null;
}
/** The sessions that are here, most recent first. */
interface LoadedSessions {
  readonly items: readonly SessionSummary[];
  /** The gateway has more: `loadMoreSessions`. */
  readonly hasMore?: true;
}
/** The session list. */
type SessionListState =
  | {
      readonly status: "none";
    }
  | ({
      readonly status: "loading";
    } & LoadedSessions)
  | ({
      readonly status: "ready";
    } & LoadedSessions)
  | ({
      readonly status: "failed";
      readonly error: MessageError;
    } & LoadedSessions);
/** A request of the agent that a person must allow or deny. */
interface Approval {
  readonly id: string;
  readonly kind: "exec" | "plugin";
  readonly sessionKey: string | null;
  readonly title: string;
  readonly command: string | null;
  readonly detail: string | null;
  /** What the gateway warns of. */
  readonly warning: string | null;
  /** The folder in which a command is to run. */
  readonly cwd: string | null;
  /** Where it is to run. */
  readonly host: string | null;
  /** The answers that the gateway takes. */
  readonly allowedDecisions: readonly ApprovalDecision[];
  /** Milliseconds since the epoch, this client's clock, which the gateway's need not agree with. */
  readonly createdAt: number;
  /** By the same clock; `null`: it waits for ever. */
  readonly expiresAt: number | null;
  readonly state: "pending" | "resolving";
}
/** What a person may answer to an {@link Approval}. */
type ApprovalDecision = "allow-once" | "allow-always" | "deny";
/** One thing that the agent wants to know. */
interface Question {
  readonly questionId: string;
  /** A word or two. */
  readonly header: string;
  readonly question: string;
  readonly options: readonly {
    readonly label: string;
    readonly description?: string;
  }[];
  readonly multiSelect: boolean;
  /** A free answer is welcome, too. */
  readonly isOther: boolean;
  /** What is typed is not to be shown or kept. */
  readonly isSecret: boolean;
}
/** Questions of the agent that wait for a person (version 4). Without an answer it goes on by itself at `expiresAt`. */
interface QuestionRequest {
  readonly id: string;
  readonly questions: readonly Question[];
  readonly sessionKey: string | null;
  readonly runId: string | null;
  /** Milliseconds since the epoch, this client's clock; so is `expiresAt`. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly state: "pending" | "resolving";
}
/** Answers by `questionId`: labels of options, or free text; several where `multiSelect`. */
type QuestionAnswers = Readonly<Record<string, readonly string[]>>;
/** Tokens and US dollars. `cost` is `null` where the gateway knows no price. */
interface UsageAmount {
  readonly input: number;
  readonly output: number;
  readonly total: number;
  readonly cost: number | null;
}
/** What the gateway used: all of its sessions, day by day and together. */
interface UsageReport extends UsageAmount {
  readonly days: readonly (UsageAmount & {
    readonly date: string;
  })[];
}
/** A picture or file that can be loaded from `url` until it expires. */
interface ArtifactLink {
  /** An `https:` (or `http:`) address of the gateway, or a `data:` address. */
  readonly url: string;
  readonly mimeType: string;
  /** It is inline, or below the gateway's own address: with which this page talks anyway. */
  readonly fromGateway: boolean;
  /** Milliseconds since the epoch; `null`: it does not expire. Ask again after it. */
  readonly expiresAt: number | null;
}
/** A model that the gateway offers. */
interface ModelChoice {
  /** `provider/model`: what `setModel` takes. */
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  /** What `setThinking` takes; empty where the gateway does not say. */
  readonly thinkingLevels: readonly string[];
}
/** A slash command that the gateway understands. */
interface SlashCommand {
  /** Without the slash. */
  readonly name: string;
  readonly description: string;
}
/** Everything a chat shows. Immutable; parts that did not change keep their identity. */
interface ChatState {
  readonly connection: ConnectionState;
  /** `true` from the first hello-ok on: a later drop is a reconnect, not a first load. */
  readonly everConnected: boolean;
  /** The canonical key of the open session, as the gateway names it. */
  readonly sessionKey: string;
  readonly history: HistoryState;
  readonly transcript: Transcript;
  readonly runs: readonly ActiveRun[];
  readonly outbox: readonly OutboxEntry[];
  /** `null` until the first hello-ok. */
  readonly capabilities: Capabilities | null;
  readonly sessions: SessionListState;
  readonly approvals: readonly Approval[];
  readonly questions: readonly QuestionRequest[];
  /** The last action that failed and was not about one message; cleared by the next successful one or `dismissNotice`. */
  readonly notice: MessageError | null;
}
/**
 * - `auto`: a device is sent where the gateway grants nothing without one; its key is made once and kept.
 * - `off`: never.
 * - an own identity: always that one.
 */
type DeviceOption = "auto" | "off" | DeviceIdentity;
/** Stops what it belongs to. Calling it twice is harmless. */
type Stop = () => void;
/**
 * The world outside: time, chance and signs of life. Everything in this package takes it as an argument, so that a test
 * can own it.
 */
interface Environment {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds. */
  after(ms: number, task: () => void): Stop;
  /** A number in [0, 1). */
  random(): number;
  /** A new unique id (UUID). */
  uuid(): string;
  /** Calls `wake` when the person or the network comes back: `online`, `visibilitychange`, `pageshow`. */
  onWake(wake: () => void): Stop;
  /** `false` only when the platform is sure that there is no network. */
  isOnline(): boolean;
  /** `false` while nobody can see the page. Default: somebody does. */
  isVisible?(): boolean;
}
/**
 * Where the client keeps what must outlive the page: the outbox, the device identity, device tokens. Values are JSON
 * text. All methods may reject; the client then goes on in memory.
 */
interface ClientStorage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** The keys that begin with `prefix`. */
  keys(prefix: string): Promise<readonly string[]>;
}
/** How a transport ended. */
interface TransportClose {
  /** The WebSocket close code, or the nearest one that fits (1006 for a lost or refused connection). */
  readonly code: number;
  readonly reason: string;
}
/** What a transport tells its owner. `close` comes exactly once, and nothing comes after it. */
interface TransportListener {
  /** The peer is reachable; frames may be sent. */
  open(): void;
  /** One text frame. */
  frame(text: string): void;
  close(close: TransportClose): void;
}
/** One attempt to reach a gateway: it opens once and closes once. */
interface Transport {
  /**
   * Hands one text frame over.
   *
   * @returns `false` when the transport is not open; nothing is kept for later.
   */
  send(text: string): boolean;
  /** Ends it. The listener's `close` is called before this returns, unless it was called already. */
  close(code: number, reason: string): void;
}
/** Opens a transport to `url`. */
type TransportFactory = (url: string, listener: TransportListener) => Transport;
/** Why a provider is asked. After `auth-failed` it must not answer from a cache. */
interface ProviderRequest {
  readonly reason: "connect" | "auth-failed";
  /** Aborted when the connection no longer waits for the answer. */
  readonly signal: AbortSignal;
}
/** A value, or a function that is asked again on every attempt. */
type Provided<T> = T | ((request: ProviderRequest) => T | Promise<T>);
/**
 * How the client introduces itself; the name and version are shown in the gateway's presence list. Default: `webchat`,
 * which version 4 only lets in with an `Origin` header, that is from a browser.
 */
type ClientInfo$1 = Partial<ClientInfo>;
/** Which gateway, as whom, and with what. */
interface ConnectionOptions {
  /** `ws:`, `wss:`, `http:` or `https:` address of the gateway; never put a secret into it. */
  readonly gatewayUrl: Provided<string>;
  /** The gateway's token. `null` where something in front of the gateway is the identity. */
  readonly authToken: Provided<string | null>;
  /**
   * Device identity: `auto` (default) sends one where the gateway needs it, `off` never does, or an own identity.
   */
  readonly device?: DeviceOption;
  /** Default `["operator.read", "operator.write"]`. Ask for no more than the page needs. */
  readonly scopes?: readonly string[];
  readonly client?: ClientInfo$1;
  /** Default: `localStorage`, or memory where there is none. */
  readonly storage?: ClientStorage;
  /** Default: WebSocket. */
  readonly transport?: TransportFactory;
  /** Default: the real clock, randomness and browser events. */
  readonly environment?: Environment;
}
/** What a connection tells. */
interface ConnectionListener {
  state?(state: ConnectionState): void;
  /** Of an `agent` event that brings a token of a reply, the payload says `{ stream: "assistant" }` and no more: `chat` events tell the text. */
  event?(frame: EventFrame): void;
  /** Event frames were lost; what they said has to be read again. */
  gap?(): void;
}
/**
 * One connection to one gateway: it opens, proves who it is, stays alive, comes back, and never asks the same refused
 * question twice.
 *
 * @example
 * ```ts
 * import { GatewayConnection } from "@automna/client";
 *
 * const connection = new GatewayConnection({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * connection.subscribe({ state: (state) => render(state.status) });
 * connection.open();
 * ```
 */
declare class GatewayConnection {
  #private;
  constructor(options: ConnectionOptions);
  get state(): ConnectionState;
  /** The address that was dialled last; `null` before the first attempt. */
  get url(): string | null;
  /** Listens until the returned function is called. */
  subscribe(listener: ConnectionListener): Stop;
  /** Starts. Does nothing when it was started already. */
  open(): void;
  /** Tries now, on behalf of the person: leaves `waiting`, `pairing` and `failed`; a live connection is left alone. */
  reconnect(): void;
  /** Ends it for good (until {@link open}). Everything that waits fails. */
  close(): void;
  /**
   * Sends a request.
   *
   * @param timeoutMs how long to wait, milliseconds
   * @returns the payload of the answer
   * @throws {ConnectionLostError | RequestTimeoutError | GatewayRequestError} as a rejection
   */
  request(call: Call, timeoutMs?: number): Promise<unknown>;
}
/** A share in a connection. */
interface ConnectionLease {
  readonly connection: GatewayConnection;
  /**
   * Gives it back; calling it twice is harmless.
   *
   * @param isFinal nobody will come back for it: without other users it closes now, not after the grace time
   */
  release(isFinal?: boolean): void;
}
/**
 * One connection per gateway and identity, shared and counted. What has the same address, token, scopes, device, storage
 * and introduction shares one; providers and storages are the same when they are the same object.
 *
 * @example
 * ```ts
 * import { ConnectionPool, createChatStore } from "@automna/client";
 *
 * const pool = new ConnectionPool();
 * const chat = createChatStore({ gatewayUrl, authToken, pool });
 * const lease = pool.acquire({ gatewayUrl, authToken }); // opens the socket, which the chat will share
 * lease.connection.subscribe({ event: (frame) => show(frame.event) });
 * lease.release();
 * ```
 */
declare class ConnectionPool {
  #private;
  /** How many connections are held, in use or in their grace time. */
  get size(): number;
  /** Takes part in the connection for these options, opening it when it is the first. */
  acquire(options: ConnectionOptions): ConnectionLease;
}
/** What {@link createChatStore} takes. Options are read once: another gateway or identity needs another store. */
interface ChatStoreOptions extends ConnectionOptions {
  /** The session to open first, in any spelling. Default `"main"`, the gateway's main session. */
  readonly sessionKey?: string;
  /** Rows per page of history. Default 200. */
  readonly historyPageSize?: number;
  /**
   * What keeps this person's unsent messages at this gateway apart from all others in the same storage. Default: the address
   * with a mark of the token. Where `gatewayUrl` or `authToken` is a function anybody may be behind it, and messages that
   * wait end with the page unless this names the person; so it should be given where tokens change, or where something in
   * front of the gateway knows the person. It stands in place of the address, too: a person with two gateways needs two.
   * It has to be there from the beginning, for a component from its first render: another one, also after none, is another
   * person with an outbox and drafts of their own. Never a secret.
   */
  readonly storageScope?: string;
  /** Default: one pool for the whole page. */
  readonly pool?: ConnectionPool;
}
/** What {@link ChatActions.send} takes beside the text. */
interface SendOptions {
  readonly attachments?: readonly Attachment[];
  /** The thinking level for this one turn. */
  readonly thinking?: string;
  /** Whether the answer also goes to the channel that the session belongs to. Default: as the gateway is set. */
  readonly deliver?: boolean;
  /**
   * The send identity, where the host has one: two sends with the same one are one message. Default: a new UUID.
   */
  readonly sendId?: string;
}
/**
 * What a person can do. Every action may be called in any connection state. Sending, retrying, discarding, stopping a run
 * of one's own and switching between sessions work offline; what asks the gateway at once, like an answer to an approval,
 * rejects with a {@link ConnectionLostError} then, with a {@link GatewayRequestError} when the gateway refuses, and with a
 * {@link RequestTimeoutError} when it says nothing for 30 s. `capabilities` of the state say what it would refuse.
 */
interface ChatActions {
  /**
   * Sends a message. It appears at once, is kept in durable storage, and goes out in order as soon as the gateway is
   * reachable, exactly once.
   *
   * @returns the send identity, which is also the message's id and the id of the run that answers.
   * @throws {AttachmentRefusedError} when the gateway is known to refuse an attachment. Where that turns out only later, the
   * message fails with the reason.
   * @throws {MessageTooLongError} when the gateway is known to take no message of that length; else it fails as above.
   * @throws {OutboxFullError} when too many messages wait already.
   */
  readonly send: (text: string, options?: SendOptions) => string;
  /**
   * Stops a run. Default: the newest, or else that of the own message which was taken last and is not stored yet. A run
   * that the gateway no longer knows is taken off the screen. The send identity of a message that still waits to go out
   * takes that message back.
   *
   * Without a connection only a run of an own message is stopped: the gateway is asked as soon as there is one, as long as
   * the page is open; somebody else's run is left alone. So it is where the connection goes away before the answer came:
   * then this rejects, and the gateway is asked again. A stopped message is not sent again by itself. It becomes
   * `unconfirmed` where the gateway, asked at last, neither stopped a run of it nor keeps a row of it.
   *
   * @returns when the gateway has answered and the history was read; without a connection at once.
   */
  readonly abort: (runId?: string) => Promise<void>;
  /** Sends an `unconfirmed` or `failed` message again. */
  readonly retry: (sendId: string) => void;
  /** Forgets an own message that the gateway does not have. */
  readonly discard: (sendId: string) => void;
  /**
   * Asks the last question again, as a new run, with its files. Version 4 hands no files out: those that were sent from
   * another page cannot be sent again. Then nothing is sent and the notice says so (`files`); asked once more, the text goes
   * without them.
   *
   * @returns the new send identity, or `null` where nothing was sent; the notice says why.
   */
  readonly regenerate: () => string | null;
  /**
   * Sends a changed text of an earlier own message, as a new turn at the end, with its files as `regenerate` does.
   *
   * @returns the new send identity, or `null` where nothing was sent: no such message, no text, or what the notice says.
   */
  readonly editAndResend: (messageId: string, text: string) => string | null;
  /** Loads the page of history before the oldest loaded row. */
  readonly loadOlder: () => Promise<void>;
  /**
   * Fetches the whole text of a message that the gateway shortened.
   *
   * @throws {UnsupportedError} where the gateway does not hand it out, as a rejection
   */
  readonly loadFull: (messageId: string) => Promise<void>;
  /** Loads the open session's history again. */
  readonly reload: () => Promise<void>;
  /** Leaves any waiting or failed state and tries now. */
  readonly reconnect: () => void;
  /** Opens another session. Late answers for the former one are dropped. */
  readonly switchSession: (sessionKey: string) => void;
  /**
   * Makes a new session and opens it. Where the gateway cannot be asked (offline, version 3) it comes into being with its
   * first message.
   *
   * @returns its key
   */
  readonly createSession: () => Promise<string>;
  /** Gives a session another title (`canRename`). */
  readonly renameSession: (sessionKey: string, title: string) => Promise<void>;
  /**
   * Begins a conversation anew under the same key (`canReset`). Default: the open session's.
   *
   * @throws {UnsupportedError} without the rights of an administrator, as a rejection
   */
  readonly resetSession: (sessionKey?: string) => Promise<void>;
  /**
   * Deletes a session (`canDelete`), but not the main one, with its transcript and the messages that wait in it. Was it open,
   * the main one is then.
   */
  readonly deleteSession: (sessionKey: string) => Promise<void>;
  /** Loads the session list and keeps it current until the returned function is called. */
  readonly watchSessions: () => () => void;
  /** Loads the next sessions of the list, where it `hasMore`. They stay and are kept current while somebody watches. */
  readonly loadMoreSessions: () => Promise<void>;
  /** Sets the model of the open session (`canPatchModel`): `id` of a {@link ModelChoice}, `null` for the default. */
  readonly setModel: (model: string | null) => Promise<void>;
  /** Sets how long the open session's model thinks: one of its `thinkingLevels`, `null` for the default. */
  readonly setThinking: (level: string | null) => Promise<void>;
  readonly listModels: () => Promise<readonly ModelChoice[]>;
  /** What may be typed after a slash in the open session; empty on version 3, which does not tell. */
  readonly listCommands: () => Promise<readonly SlashCommand[]>;
  /** What the gateway used over the last `days` days (default: what it thinks right). */
  readonly loadUsage: (days?: number) => Promise<UsageReport>;
  /**
   * An address for a picture that the gateway keeps (`ImagePart.artifactId`). It expires: ask again after `expiresAt`.
   *
   * @throws {UnsupportedError} where the gateway keeps no files or does not hand this one out, as a rejection
   */
  readonly loadArtifact: (artifactId: string) => Promise<ArtifactLink>;
  /**
   * Answers an {@link Approval}.
   *
   * @throws {NoLongerWaitingError} when the gateway waits for no answer any more; it is off the screen then.
   */
  readonly resolveApproval: (id: string, decision: ApprovalDecision) => Promise<void>;
  /** Answers a {@link QuestionRequest}. @throws {NoLongerWaitingError} */
  readonly answerQuestion: (id: string, answers: QuestionAnswers) => Promise<void>;
  /** Lets the agent go on without an answer. @throws {NoLongerWaitingError} */
  readonly cancelQuestion: (id: string) => Promise<void>;
  /** Takes the notice of the state away. */
  readonly dismissNotice: () => void;
}
/**
 * A chat with one gateway: a zustand vanilla store and the actions on it. Creating one touches neither the network nor
 * storage; {@link ChatStore.start} does.
 */
interface ChatStore extends Pick<StoreApi<ChatState>, "getState" | "getInitialState" | "subscribe"> {
  readonly actions: ChatActions;
  /**
   * Connects (or shares a connection that is already open to the same gateway with the same identity) and keeps the
   * state current.
   *
   * Calls are counted: the connection closes a short while after the last release, so that a remount keeps it.
   *
   * @returns the release function; calling it twice is harmless.
   */
  start(): () => void;
  /** Releases everything now. The store stays readable and may be started again. */
  dispose(): void;
}
/** The part of the WebSocket class that is used. The global one, or `ws` in old Node versions. */
type WebSocketConstructor = new (url: string | URL, protocols?: string | string[]) => WebSocket;
/**
 * Keeps values in one file that only its owner can read: the device key is in it. A value counts as kept when the disk has
 * it. One program per file: two would overwrite each other.
 *
 * A file that cannot be read is never overwritten. The client then goes on in memory; move the file away to start anew.
 *
 * @example
 * ```ts
 * import { createNodeChat, fileStorage } from "@automna/client/node";
 *
 * const chat = createNodeChat({ gatewayUrl, authToken, storage: fileStorage("/var/lib/my-bot/chat.json") });
 * ```
 */
declare function fileStorage(path: string): ClientStorage;
/** What {@link createNodeChat} takes. */
interface NodeChatOptions extends Omit<ChatStoreOptions, "transport"> {
  /** The class to connect with. Default: Node's own `WebSocket` (Node 22 and later); before that, `ws`. */
  readonly WebSocket?: WebSocketConstructor;
}
/**
 * This Node has no WebSocket of its own, and none was given.
 *
 * @example
 * ```ts
 * import { createNodeChat, MissingWebSocketError } from "@automna/client/node";
 *
 * try {
 *   createNodeChat({ gatewayUrl: "ws://127.0.0.1:18789", authToken: token }).start();
 * } catch (error) {
 *   if (error instanceof MissingWebSocketError) show("Please use Node 22 or later.");
 *   else throw error;
 * }
 * ```
 */
declare class MissingWebSocketError extends Error {
  readonly name = "MissingWebSocketError";
  readonly code = "MISSING_WEBSOCKET";
  constructor();
}
/**
 * A chat for a program that is no browser: it introduces itself as one, keeps nothing unless it is told where, and uses
 * Node's WebSocket. Version 4 grants it its scopes by token alone when it runs on the gateway's own machine; elsewhere its
 * device has to be paired, so give it a {@link fileStorage} to keep its key in.
 *
 * @throws {@link MissingWebSocketError} where there is no WebSocket class
 *
 * @example
 * ```ts
 * import { createNodeChat } from "@automna/client/node";
 *
 * const chat = createNodeChat({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const release = chat.start();
 * chat.actions.send("Good morning");
 * release();
 * ```
 */
declare function createNodeChat({ WebSocket, client, storage, ...options }: NodeChatOptions): ChatStore;
export { MissingWebSocketError, NodeChatOptions, createNodeChat, fileStorage };
