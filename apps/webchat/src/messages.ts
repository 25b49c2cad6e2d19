import { messageText, selectMessages, type ChatState, type Message } from "@automna/client";

/** A message as it is given out: ready to be shown, in the order of the transcript. */
export interface PlainMessage {
  readonly id: string;
  readonly role: Message["role"];
  readonly status: Message["status"];
  /** The text parts, separated by blank lines. */
  readonly text: string;
  readonly parts: Message["parts"];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly runId?: string;
  readonly error?: string;
}

export function plainMessage(message: Message): PlainMessage {
  const { id, role, status, parts, createdAt, runId, error } = message;
  return {
    id,
    role,
    status,
    text: messageText(message),
    parts,
    createdAt,
    ...(runId !== undefined && { runId }),
    ...(error && { error: error.message }),
  };
}

export function plainMessages(state: ChatState): PlainMessage[] {
  return selectMessages(state).map(plainMessage);
}
