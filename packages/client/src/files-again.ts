import type { Attachment } from "./attachment.ts";
import type { FilePart, ImagePart, Message, MessagePart } from "./message.ts";

const INLINE = /^data:([^;,]+);base64,(.*)$/s;

function isFile(part: MessagePart): part is ImagePart | FilePart {
  return part.type === "image" || part.type === "file";
}

function attachmentOf(part: ImagePart | FilePart): Attachment | null {
  const [, mimeType, content] = INLINE.exec((part.type === "image" && part.url) || "") ?? [];
  if (mimeType === undefined || content === undefined) return null;
  const padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
  const size = (content.length / 4) * 3 - padding;
  return { fileName: part.fileName ?? mimeType.replace("/", "."), mimeType, size, content };
}

/**
 * The files of a message that is to be asked again.
 *
 * @param kept those of its send, where they are here still
 * @returns `null` where they cannot be had: version 4 tells of them, and hands none of them out
 */
export function filesAgain(
  { parts }: Message,
  kept: readonly Attachment[] = [],
): readonly Attachment[] | null {
  if (kept.length > 0) return kept;
  const files = parts.filter(isFile).map(attachmentOf);
  return files.every((file) => file !== null) ? files : null;
}
