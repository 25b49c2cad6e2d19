import { messageText, selectMessage, type ChatState } from "@automna/client";

/** Comparable form: case and accents do not matter to somebody who searches. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** How often a folded text occurs in another one. */
export function countIn(text: string, wanted: string): number {
  return wanted === "" ? 0 : fold(text).split(wanted).length - 1;
}

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
export function findMessages(state: Pick<ChatState, "transcript">, query: string): readonly string[] {
  const wanted = fold(query.trim());
  if (wanted === "") return [];
  return state.transcript.order.filter((id) => {
    const message = selectMessage(state, id);
    return message !== undefined && fold(messageText(message)).includes(wanted);
  });
}
