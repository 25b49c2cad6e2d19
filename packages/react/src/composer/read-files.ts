import type { Attachment } from "@automna/client";

/** Bytes as base64, without building one string per byte. */
export function toBase64(bytes: Uint8Array): string {
  const CHUNK = 0x8000;
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  return btoa(binary);
}

/** Gives the file that is to be sent in place of the one that was chosen: smaller, or without its metadata. */
export type PrepareFile = (file: File) => File | Promise<File>;

/** Reads one file; a pasted picture has no name of its own worth keeping. */
export async function readFile(chosen: File, prepare: PrepareFile = (file) => file): Promise<Attachment> {
  const file = await prepare(chosen);
  const bytes = new Uint8Array(await file.arrayBuffer());
  return {
    fileName: file.name === "" ? "file" : file.name,
    mimeType: file.type === "" ? "application/octet-stream" : file.type,
    size: bytes.length,
    content: toBase64(bytes),
  };
}
