import type { Attachment } from "@automna/client";
import type { AppendMessage, CompleteAttachment } from "@assistant-ui/react";

const DATA_URL = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s;

type Chosen = Pick<CompleteAttachment, "name"> & Partial<Pick<CompleteAttachment, "content">>;

/** What a person wrote and attached in assistant-ui's composer. */
export function readAppend(message: Pick<AppendMessage, "content" | "attachments">): {
  readonly text: string;
  readonly attachments: readonly Attachment[];
} {
  const chosen = message.attachments ?? [];
  const texts = [...message.content, ...chosen.flatMap(({ content }) => content)].flatMap((part) =>
    part.type === "text" ? part.text : [],
  );
  const pictures = message.content.flatMap((part) =>
    part.type === "image" ? attachmentOf(part.image, part.filename ?? "image") : [],
  );
  return { text: texts.join("\n\n"), attachments: [...pictures, ...attachmentsOf(chosen)] };
}

/** The files among what was chosen, as far as they have been read. */
function attachmentsOf(chosen: readonly Chosen[]): readonly Attachment[] {
  return chosen.flatMap(({ name, content = [] }) =>
    content.flatMap((part) => {
      if (part.type === "image") return attachmentOf(part.image, name);
      return part.type === "file" ? attachmentOf(asDataUrl(part.data, part.mimeType), name) : [];
    }),
  );
}

function asDataUrl(data: string, mimeType: string): string {
  return data.startsWith("data:") ? data : `data:${mimeType};base64,${data}`;
}

function attachmentOf(url: string, fileName: string): Attachment | [] {
  const [, mimeType, content] = DATA_URL.exec(url) ?? [];
  if (mimeType === undefined || content === undefined) return [];
  const padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
  return { fileName, mimeType, content, size: (content.length / 4) * 3 - padding };
}
