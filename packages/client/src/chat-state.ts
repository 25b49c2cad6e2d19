import type { AttachmentLimits } from "./attachment.ts";
import type { ConnectionState } from "./connection-state.ts";
import type { Message, MessageError } from "./message.ts";
import type { OutboxEntry } from "./outbox-entry.ts";

/**
 * The ordered messages. `order` changes only when a message appears, moves or disappears; while a reply streams only one
 * entry of `live` is replaced, so that a subscriber to one message is woken for that message alone, and the cost of a
 * delta does not depend on the length of the thread.
 *
 * Read a message with {@link selectMessage}; `live` wins over `settled`.
 */
export interface Transcript {
  readonly order: readonly string[];
  readonly settled: Readonly<Record<string, Message>>;
  readonly live: Readonly<Record<string, Message>>;
}

/** A run that is going on in the open session. */
export interface ActiveRun {
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
export type HistoryState =
  | { readonly status: "none" }
  | { readonly status: "loading" }
  | {
      readonly status: "ready";
      readonly hasOlder: boolean;
      readonly loadingOlder: boolean;
      /** What is here does not reach back to the beginning, and the gateway shows no more (version 3). */
      readonly isCut?: true;
    }
  | { readonly status: "failed"; readonly error: MessageError };

/** What this gateway can do; decided by protocol version, granted scopes and advertised methods at hello-ok. */
export interface Capabilities {
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
export interface SessionSummary {
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
export interface LoadedSessions {
  readonly items: readonly SessionSummary[];
  /** The gateway has more: `loadMoreSessions`. */
  readonly hasMore?: true;
}

/** The session list. */
export type SessionListState =
  | { readonly status: "none" }
  | ({ readonly status: "loading" } & LoadedSessions)
  | ({ readonly status: "ready" } & LoadedSessions)
  | ({ readonly status: "failed"; readonly error: MessageError } & LoadedSessions);

/** A request of the agent that a person must allow or deny. */
export interface Approval {
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
export type ApprovalDecision = "allow-once" | "allow-always" | "deny";

/** One thing that the agent wants to know. */
export interface Question {
  readonly questionId: string;
  /** A word or two. */
  readonly header: string;
  readonly question: string;
  readonly options: readonly { readonly label: string; readonly description?: string }[];
  readonly multiSelect: boolean;
  /** A free answer is welcome, too. */
  readonly isOther: boolean;
  /** What is typed is not to be shown or kept. */
  readonly isSecret: boolean;
}

/** Questions of the agent that wait for a person (version 4). Without an answer it goes on by itself at `expiresAt`. */
export interface QuestionRequest {
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
export type QuestionAnswers = Readonly<Record<string, readonly string[]>>;

/** Tokens and US dollars. `cost` is `null` where the gateway knows no price. */
export interface UsageAmount {
  readonly input: number;
  readonly output: number;
  readonly total: number;
  readonly cost: number | null;
}

/** What the gateway used: all of its sessions, day by day and together. */
export interface UsageReport extends UsageAmount {
  readonly days: readonly (UsageAmount & { readonly date: string })[];
}

/** A picture or file that can be loaded from `url` until it expires. */
export interface ArtifactLink {
  /** An `https:` (or `http:`) address of the gateway, or a `data:` address. */
  readonly url: string;
  readonly mimeType: string;
  /** It is inline, or below the gateway's own address: with which this page talks anyway. */
  readonly fromGateway: boolean;
  /** Milliseconds since the epoch; `null`: it does not expire. Ask again after it. */
  readonly expiresAt: number | null;
}

/** A model that the gateway offers. */
export interface ModelChoice {
  /** `provider/model`: what `setModel` takes. */
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  /** What `setThinking` takes; empty where the gateway does not say. */
  readonly thinkingLevels: readonly string[];
}

/** A slash command that the gateway understands. */
export interface SlashCommand {
  /** Without the slash. */
  readonly name: string;
  readonly description: string;
}

/** Everything a chat shows. Immutable; parts that did not change keep their identity. */
export interface ChatState {
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
 * One message by id, as it is now, or `undefined` where the open session has none of that id. The object is another one only
 * when something in the message changed, so it may decide whether a row is drawn again.
 *
 * @example
 * ```ts
 * import { selectMessage } from "@automna/client";
 *
 * const id = chat.actions.send("Good morning");
 * chat.subscribe((state) => {
 *   const message = selectMessage(state, id);
 *   if (message?.status === "failed") show(message.error?.message);
 * });
 * ```
 */
export function selectMessage(state: Pick<ChatState, "transcript">, id: string): Message | undefined {
  return state.transcript.live[id] ?? state.transcript.settled[id];
}

/**
 * All messages in order, the oldest first. Allocates: for tests and exports, not for rendering.
 *
 * @example
 * ```ts
 * import { messageText, selectMessages } from "@automna/client";
 *
 * const lines = selectMessages(chat.getState()).map((message) => `${message.role}: ${messageText(message)}`);
 * show(lines.join("\n\n"));
 * ```
 */
export function selectMessages(state: Pick<ChatState, "transcript">): Message[] {
  const messages: Message[] = [];
  for (const id of state.transcript.order) {
    const message = selectMessage(state, id);
    if (message) messages.push(message);
  }
  return messages;
}

/**
 * Whether a run is going on in the open session, whoever started it.
 *
 * @example
 * ```ts
 * import { selectIsRunning } from "@automna/client";
 *
 * const runs = [{ runId: "k1", messageId: "m1", own: true, phase: null, startedAt: 1_700_000_000_000 }];
 * selectIsRunning({ runs }); // true
 * selectIsRunning({ runs: [] }); // false
 * ```
 */
export function selectIsRunning(state: Pick<ChatState, "runs">): boolean {
  return state.runs.length > 0;
}
