import type { ImagePart, Message, MessagePart } from "@automna/client";
import type { ThreadMessageLike } from "@assistant-ui/react";

type Content = Exclude<ThreadMessageLike["content"], string>[number];

/** Statuses of own sends that a person must know of; the rest of assistant-ui's world has no words for them. */
const UNSENT: readonly Message["status"][] = ["queued", "sending", "unconfirmed", "failed"];

/**
 * A message as assistant-ui reads it. What it has no place for (delivery, usage, model, error) is in `metadata.custom`.
 * {@link useAssistantUiRuntime} does it already; this is for a runtime of your own.
 *
 * @example
 * ```ts
 * import { selectMessages } from "@automna/client";
 * import { useChatRuntime } from "@automna/react";
 * import { convertMessage } from "@automna/react/assistant-ui";
 *
 * const { store } = useChatRuntime();
 * const messages = selectMessages(store.getState()).map((message) => convertMessage(message));
 * ```
 */
export function convertMessage(message: Message): ThreadMessageLike {
  const { role, sendId, status, usage, model, error } = message;
  return {
    id: message.id,
    role,
    createdAt: new Date(message.createdAt),
    content: message.parts.flatMap((part) => contentOf(part, role)),
    ...(role === "assistant" && { status: statusOf(message) }),
    metadata: {
      isOptimistic: UNSENT.includes(status),
      custom: { status, sendId, usage, model, error },
    },
  };
}

function contentOf(part: MessagePart, role: Message["role"]): Content[] {
  switch (part.type) {
    case "text":
      return [{ type: "text", text: part.text }];
    case "boundary":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return role === "assistant" ? [{ type: "reasoning", text: part.text }] : [];
    case "tool-call":
      return [
        {
          type: "tool-call",
          toolCallId: part.toolCallId,
          toolName: part.name,
          argsText: typeof part.args === "string" ? part.args : JSON.stringify(part.args ?? {}),
          ...(part.state !== "running" && { result: part.result ?? "" }),
          ...(part.state === "error" && { isError: true }),
        },
      ];
    case "image":
      return [imageOf(part)];
    case "file":
      return [{ type: "text", text: part.fileName ?? part.mimeType }];
  }
}

/** What assistant-ui shows; it drops every other address. */
const SHOWN = /^(?:https:|blob:|data:image\/)/i;

/** A picture, or its name while there is no address for it. */
function imageOf({ url, fileName, mimeType }: ImagePart): Content {
  if (url === undefined || !SHOWN.test(url)) return { type: "text", text: fileName ?? mimeType };
  return { type: "image", image: url, ...(fileName !== undefined && { filename: fileName }) };
}

function statusOf({ status, error }: Message): NonNullable<ThreadMessageLike["status"]> {
  if (status === "streaming") return { type: "running" };
  if (status === "aborted") return { type: "incomplete", reason: "cancelled" };
  if (status === "error") return { type: "incomplete", reason: "error", error: error?.message ?? "" };
  return { type: "complete", reason: "stop" };
}
