import { selectMessage, type ChatState } from "@automna/client";

import { countIn, fold } from "./find-messages.ts";

/** Where a text occurs in the loaded messages, oldest first. */
export interface Matches {
  /** What was looked for, folded. */
  readonly wanted: string;
  readonly count: number;
  readonly messages: readonly MessageMatches[];
}

interface MessageMatches {
  readonly id: string;
  /** How often it occurs in each text of the message. */
  readonly counts: readonly number[];
}

/** One place where a text occurs. */
export interface Match {
  readonly id: string;
  /** Which text of the message, and which of the places in it. */
  readonly text: number;
  readonly nth: number;
}

const NO_MATCHES: Matches = { wanted: "", count: 0, messages: [] };

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

export function findMatches(state: Pick<ChatState, "transcript">, query: string): Matches {
  const wanted = fold(query.trim());
  if (wanted === "") return NO_MATCHES;
  const messages = state.transcript.order.flatMap((id): MessageMatches[] => {
    const parts = selectMessage(state, id)?.parts ?? [];
    const counts = parts.flatMap((part) => (part.type === "text" ? [countIn(part.text, wanted)] : []));
    return sum(counts) === 0 ? [] : [{ id, counts }];
  });
  return { wanted, count: sum(messages.map(({ counts }) => sum(counts))), messages };
}

export function matchAt({ messages }: Matches, index: number): Match | null {
  let left = index;
  for (const { id, counts } of messages)
    for (const [text, count] of counts.entries()) {
      if (left >= 0 && left < count) return { id, text, nth: left };
      left -= count;
    }
  return null;
}

/** The next index in a circle. */
export function step(index: number, by: 1 | -1, count: number): number {
  return count === 0 ? -1 : (index + by + count) % count;
}
