import type { Attachment } from "@automna/client";
import type { AppendMessage } from "@assistant-ui/react";

const DATA_URL = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s;

/** What a person wrote and attached in assistant-ui's composer. */
export function readAppend(message: Pick<AppendMessage, "content" | "attachments">): {
  readonly text: string;
  readonly attachments: readonly Attachment[];
} {
  const texts: string[] = [];
  const attachments: Attachment[] = [];
  for (const part of message.content) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "image") push(attachments, part.image, part.filename ?? "image");
  }
  for (const file of message.attachments ?? [])
    for (const part of file.content) {
      if (part.type === "image") push(attachments, part.image, file.name);
      else if (part.type === "file") push(attachments, asDataUrl(part.data, part.mimeType), file.name);
      else if (part.type === "text") texts.push(part.text);
    }
  return { text: texts.join("\n\n"), attachments };
}

function asDataUrl(data: string, mimeType: string): string {
  return data.startsWith("data:") ? data : `data:${mimeType};base64,${data}`;
}

function push(attachments: Attachment[], url: string, fileName: string): void {
  const [, mimeType, content] = DATA_URL.exec(url) ?? [];
  if (mimeType === undefined || content === undefined) return;
  const padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
  attachments.push({ fileName, mimeType, content, size: (content.length / 4) * 3 - padding });
}
