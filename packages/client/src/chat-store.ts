import { canonicalSessionKey } from "@automna/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";

import type { Attachment } from "./attachment.ts";
import type { DeferredActions } from "./chat-actions.ts";
import { ChatFront } from "./chat-front.ts";
import type {
  ApprovalDecision,
  ArtifactLink,
  ChatState,
  ModelChoice,
  QuestionAnswers,
  SlashCommand,
  UsageReport,
} from "./chat-state.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { GRACE_MS, type ConnectionPool } from "./connection-pool.ts";
import { defaultEnvironment, type Stop } from "./environment.ts";

/** What {@link createChatStore} takes. Options are read once: another gateway or identity needs another store. */
export interface ChatStoreOptions extends ConnectionOptions {
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
export interface SendOptions {
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
export interface ChatActions {
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
export interface ChatStore extends Pick<StoreApi<ChatState>, "getState" | "getInitialState" | "subscribe"> {
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

/**
 * Makes the chat for one gateway.
 *
 * @example
 * ```ts
 * import { createChatStore, selectMessages } from "@automna/client";
 *
 * const chat = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * const release = chat.start();
 * chat.subscribe((state) => show(state.connection.status, selectMessages(state)));
 * chat.actions.send("Hello");
 * release();
 * ```
 */
export function createChatStore(options: ChatStoreOptions): ChatStore {
  const initial = initialState(canonicalSessionKey(options.sessionKey ?? "main"));
  const store = createStore<ChatState>(() => initial);
  const front = new ChatFront(options, { get: store.getState, set: (change) => store.setState(change) });
  const environment = options.environment ?? defaultEnvironment;
  const holders = new Set<symbol>();
  let stopGrace: Stop = () => {};
  return {
    getState: store.getState,
    getInitialState: () => initial,
    subscribe: store.subscribe,
    actions: frontActions(front),
    start() {
      const holder = Symbol();
      holders.add(holder);
      stopGrace();
      front.start();
      return () => {
        if (!holders.delete(holder) || holders.size > 0) return;
        stopGrace();
        stopGrace = environment.after(GRACE_MS, () => front.stop());
      };
    },
    dispose() {
      holders.clear();
      stopGrace();
      front.stop(true);
    },
  };
}

/** The person's actions: what needs the chat itself is done when it is here. */
function frontActions(front: ChatFront): ChatActions {
  const later =
    <P extends unknown[], T>(action: (actions: DeferredActions) => (...params: P) => Promise<T>) =>
    (...params: P): Promise<T> =>
      front.later((actions) => action(actions)(...params));
  return {
    send: (text, options) => front.send(text, options),
    switchSession: (sessionKey) => front.open(sessionKey),
    reconnect: () => front.reconnect(),
    dismissNotice: () => front.context.patch({ notice: null }),
    retry: (sendId) => front.now((actions) => actions.retry(sendId)),
    discard: (sendId) => front.now((actions) => actions.discard(sendId)),
    regenerate: () => front.ask((actions) => actions.regenerate(), null),
    editAndResend: (messageId, text) => front.ask((actions) => actions.editAndResend(messageId, text), null),
    watchSessions: () => {
      let stop: Stop | null = null;
      let isOver = false;
      front.now((actions) => {
        if (!isOver) stop = actions.watchSessions();
      });
      return () => {
        isOver = true;
        stop?.();
      };
    },
    abort: later((actions) => actions.abort),
    loadOlder: later((actions) => actions.loadOlder),
    loadFull: later((actions) => actions.loadFull),
    reload: later((actions) => actions.reload),
    createSession: later((actions) => actions.createSession),
    renameSession: later((actions) => actions.renameSession),
    resetSession: later((actions) => actions.resetSession),
    deleteSession: later((actions) => actions.deleteSession),
    loadMoreSessions: later((actions) => actions.loadMoreSessions),
    setModel: later((actions) => actions.setModel),
    setThinking: later((actions) => actions.setThinking),
    listModels: later((actions) => actions.listModels),
    listCommands: later((actions) => actions.listCommands),
    loadUsage: later((actions) => actions.loadUsage),
    loadArtifact: later((actions) => actions.loadArtifact),
    resolveApproval: later((actions) => actions.resolveApproval),
    answerQuestion: later((actions) => actions.answerQuestion),
    cancelQuestion: later((actions) => actions.cancelQuestion),
  };
}

function initialState(sessionKey: string): ChatState {
  return {
    connection: { status: "idle" },
    everConnected: false,
    sessionKey,
    history: { status: "none" },
    transcript: { order: [], settled: {}, live: {} },
    runs: [],
    outbox: [],
    capabilities: null,
    sessions: { status: "none" },
    approvals: [],
    questions: [],
    notice: null,
  };
}
