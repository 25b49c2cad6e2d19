import type { Attachment } from "@automna/client";

/** A file that the browser could not read. */
export interface UnreadableFile {
  readonly fileName: string;
}

/** Bytes as base64, without building one string per byte. */
export function toBase64(bytes: Uint8Array): string {
  const CHUNK = 0x8000;
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  return btoa(binary);
}

/** Reads one file; a pasted picture has no name of its own worth keeping. */
async function readFile(file: File): Promise<Attachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return {
    fileName: file.name === "" ? "file" : file.name,
    mimeType: file.type === "" ? "application/octet-stream" : file.type,
    size: bytes.length,
    content: toBase64(bytes),
  };
}

/** Reads files in order; what cannot be read (a folder, a file that is gone) is named instead. */
export async function readFiles(
  files: readonly File[],
): Promise<{ readonly attachments: readonly Attachment[]; readonly unreadable: readonly UnreadableFile[] }> {
  const results = await Promise.allSettled(files.map(readFile));
  const attachments: Attachment[] = [];
  const unreadable: UnreadableFile[] = [];
  results.forEach((result, index) => {
    if (result.status === "fulfilled") attachments.push(result.value);
    else unreadable.push({ fileName: files[index]?.name ?? "" });
  });
  return { attachments, unreadable };
}
