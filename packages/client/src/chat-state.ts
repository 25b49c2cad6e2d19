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
  readonly startedAt: number;
}

/** What of the open session's history is here. */
export type HistoryState =
  | { readonly status: "none" }
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly hasOlder: boolean; readonly loadingOlder: boolean }
  | { readonly status: "failed"; readonly error: MessageError };

/** What this gateway can do; decided by protocol version, granted scopes and advertised methods at hello-ok. */
export interface Capabilities {
  readonly protocol: 3 | 4;
  readonly attachments: AttachmentLimits;
  readonly canAbort: boolean;
  readonly canReset: boolean;
  readonly canDelete: boolean;
  readonly canCreateSession: boolean;
  readonly canPatchModel: boolean;
  readonly canApprove: boolean;
  readonly hasLiveSessionList: boolean;
  readonly hasLiveTools: boolean;
  readonly hasSlashCommands: boolean;
}

/** One row of the session list. */
export interface SessionSummary {
  readonly key: string;
  readonly title: string;
  readonly preview: string | null;
  /** Milliseconds since the epoch, `null` for a session that was never used. */
  readonly updatedAt: number | null;
  readonly unread: boolean;
  readonly running: boolean;
  readonly totalTokens: number | null;
  readonly model: string | null;
  readonly thinkingLevel: string | null;
}

/** The session list. */
export type SessionListState =
  | { readonly status: "none" }
  | { readonly status: "loading"; readonly items: readonly SessionSummary[] }
  | { readonly status: "ready"; readonly items: readonly SessionSummary[] }
  | { readonly status: "failed"; readonly items: readonly SessionSummary[]; readonly error: MessageError };

/** A request of the agent that a person must allow or deny. */
export interface Approval {
  readonly id: string;
  readonly kind: "exec" | "plugin";
  readonly sessionKey: string | null;
  readonly title: string;
  readonly command: string | null;
  readonly detail: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly state: "pending" | "resolving";
}

/** What a person may answer to an {@link Approval}. */
export type ApprovalDecision = "allow-once" | "allow-always" | "deny";

/** A model that the gateway offers. */
export interface ModelChoice {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly thinkingLevels: readonly string[];
}

/** A slash command that the gateway understands. */
export interface SlashCommand {
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
  readonly capabilities: Capabilities | null;
  readonly sessions: SessionListState;
  readonly approvals: readonly Approval[];
  /** The last action that failed and was not about one message; cleared by the next successful one or `dismissNotice`. */
  readonly notice: MessageError | null;
}

/** One message by id, or `undefined`. */
export function selectMessage(state: Pick<ChatState, "transcript">, id: string): Message | undefined {
  return state.transcript.live[id] ?? state.transcript.settled[id];
}

/** All messages in order. Allocates: for tests and exports, not for rendering. */
export function selectMessages(state: Pick<ChatState, "transcript">): Message[] {
  const messages: Message[] = [];
  for (const id of state.transcript.order) {
    const message = selectMessage(state, id);
    if (message) messages.push(message);
  }
  return messages;
}

/** Whether a run is going on in the open session. */
export function selectIsRunning(state: Pick<ChatState, "runs">): boolean {
  return state.runs.length > 0;
}
