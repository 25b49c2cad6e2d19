import type { Problem } from "../problem.ts";

/** More than any request of a page needs. */
export const MAX_BODY_BYTES = 16_384;

export const TOO_LARGE: Problem = {
  status: 413,
  code: "too-large",
  title: "Content too large",
  detail: `The body is larger than anything that is understood here. Send at most ${MAX_BODY_BYTES} bytes.`,
};

/** A body of at most that many bytes; `null` when it is larger. */
export async function readText(request: Request, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
