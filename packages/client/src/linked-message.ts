import type { ChatState } from "./chat-state.ts";

/**
 * The id of the message that a link names, by its `id` or by `linkIdOf`.
 *
 * @returns `undefined` while it is not among the loaded ones
 *
 * @example
 * ```ts
 * import { createChatStore, selectLinkedId } from "@automna/client";
 *
 * const chat = createChatStore({ gatewayUrl: "ws://127.0.0.1:18789", authToken: "secret" });
 * selectLinkedId(chat.getState(), "row:1795204536820:assistant"); // undefined: nothing was loaded yet
 * ```
 */
export function selectLinkedId(
  { transcript: { order, settled } }: Pick<ChatState, "transcript">,
  link: string,
): string | undefined {
  if (order.includes(link)) return link;
  if (!link.startsWith("row:")) return undefined;
  // An earlier page may bring earlier rows of the same message.
  const rowId = link.slice(4);
  return order.findLast((id) => settled[id]?.rowIds?.includes(rowId));
}
