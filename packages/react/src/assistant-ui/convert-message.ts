import type { ImagePart, Message, MessagePart } from "@automna/client";
import type { CompleteAttachment, ThreadMessageLike } from "@assistant-ui/react";

type Content = Exclude<ThreadMessageLike["content"], string>[number];

/** Statuses of own sends that a person must know of; the rest of assistant-ui's world has no words for them. */
const UNSENT: readonly Message["status"][] = ["queued", "sending", "unconfirmed", "failed"];

/**
 * A message as assistant-ui reads it. What it has no place for (delivery, usage, model, error) is in `metadata.custom`.
 * A person's files and pictures without an address are its `attachments`, by name alone.
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
    ...(role === "user" && { attachments: message.parts.flatMap(attachmentOf) }),
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
    case "file":
      return fileOf(part, role);
  }
}

/** What assistant-ui shows; it drops every other address. */
const SHOWN = /^(?:https:|blob:|data:image\/)/i;

type FileLikePart = Extract<MessagePart, { readonly type: "image" | "file" }>;

const nameOf = ({ fileName, mimeType }: FileLikePart) => fileName ?? mimeType;

const isShown = (part: MessagePart): part is ImagePart & { readonly url: string } =>
  part.type === "image" && part.url !== undefined && SHOWN.test(part.url);

/** A picture, or the name of what cannot be shown: an editor would take that for a person's words, who have `attachments`. */
function fileOf(part: FileLikePart, role: Message["role"]): Content[] {
  if (!isShown(part)) return role === "user" ? [] : [{ type: "text", text: nameOf(part) }];
  const { url, fileName } = part;
  return [{ type: "image", image: url, ...(fileName !== undefined && { filename: fileName }) }];
}

function attachmentOf(part: MessagePart, index: number): CompleteAttachment[] {
  if ((part.type !== "file" && part.type !== "image") || isShown(part)) return [];
  return [
    {
      id: `part-${index}`,
      type: part.type === "image" ? "image" : "document",
      name: nameOf(part),
      contentType: part.mimeType,
      content: [],
      status: { type: "complete" },
    },
  ];
}

function statusOf({ status, error }: Message): NonNullable<ThreadMessageLike["status"]> {
  if (status === "streaming") return { type: "running" };
  if (status === "aborted") return { type: "incomplete", reason: "cancelled" };
  if (status === "error") return { type: "incomplete", reason: "error", error: error?.message ?? "" };
  return { type: "complete", reason: "stop" };
}
