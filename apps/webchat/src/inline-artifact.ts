import { parseArtifactDownload } from "@automna/protocol";

/** The largest picture that a gateway keeps (OpenClaw's limit), bytes. */
const MOST_BYTES = 12 * 1024 * 1024;
const ANSWER_MS = 15_000;

/**
 * An artifact's content in place of its address: the address is the gateway's, which a page cannot reach.
 *
 * @param payload the gateway's answer to `artifacts.download`
 * @throws {Error} when it cannot be had
 */
export async function inlineArtifact(payload: unknown, gatewayUrl: string): Promise<unknown> {
  const parsed = parseArtifactDownload(payload);
  if (!parsed.ok || parsed.value.url === undefined) return payload;
  const gateway = new URL(gatewayUrl.replace(/^ws(s?):/i, "http$1:"));
  const url = new URL(parsed.value.url, gateway);
  if (url.origin !== gateway.origin) throw new Error("The gateway keeps this file elsewhere.");
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`The gateway did not hand out the file (HTTP ${response.status}).`);
  const data = await read(response);
  return { artifact: parsed.value.artifact, encoding: "base64", data: data.toString("base64") };
}

async function read(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error("The file is larger than 12 MB.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
