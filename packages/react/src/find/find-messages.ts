import { messageText, selectMessage, type ChatState } from "@automna/client";

/** Comparable form: case and accents do not matter to somebody who searches. */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** The ids of the loaded messages that contain a text, oldest first. */
export function findMessages(state: Pick<ChatState, "transcript">, query: string): readonly string[] {
  const wanted = fold(query.trim());
  if (wanted === "") return [];
  return state.transcript.order.filter((id) => {
    const message = selectMessage(state, id);
    return message !== undefined && fold(messageText(message)).includes(wanted);
  });
}

/** The next index in a circle. */
export function step(index: number, by: 1 | -1, count: number): number {
  return count === 0 ? -1 : (index + by + count) % count;
}
