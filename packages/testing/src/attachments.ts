import type { Core } from "./core.ts";
import { isJsonObject, stringAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Attachment } from "./run-state.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MAX_IMAGE_V3 = 5_000_000;

/** The attachments that the product keeps, or what is wrong with them. */
export function readAttachments(core: Core, value: Json | undefined): Attachment[] | { error: string } {
  if (!Array.isArray(value)) return [];
  const kept: Attachment[] = [];
  for (const item of value) {
    if (!isJsonObject(item)) continue;
    const read = readOne(core, item);
    if (read === undefined) continue;
    if ("error" in read) return read;
    kept.push(read);
  }
  return kept;
}

function readOne(core: Core, item: JsonObject): Attachment | { error: string } | undefined {
  const source = isJsonObject(item["source"]) ? item["source"] : undefined;
  const content =
    stringAt(item, "content") ?? (core.version === 4 && source ? stringAt(source, "data") : undefined);
  if (content === undefined) return undefined;
  const fileName = stringAt(item, "fileName");
  const data = /^data:([^;,]+)[^,]*,(.*)$/s.exec(content);
  const base64 = (data?.[2] ?? content).replace(/\s/g, "");
  const mimeType =
    data?.[1] ??
    stringAt(item, "mimeType") ??
    (source ? stringAt(source, "media_type") : undefined) ??
    sniffed(base64);
  const label = fileName ?? stringAt(item, "type") ?? "attachment";
  if (base64.length % 4 !== 0 || !BASE64.test(base64))
    return { error: `Error: attachment ${label}: invalid base64 content` };
  const bytes =
    Math.floor((base64.length * 3) / 4) - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
  // Version 3 takes images only; everything else disappears without a word.
  if (core.version === 3 && !mimeType.startsWith("image/")) return undefined;
  if (core.version === 3 && bytes > MAX_IMAGE_V3)
    return { error: `Error: attachment ${label}: exceeds size limit (${bytes} > ${MAX_IMAGE_V3} bytes)` };
  return { mimeType, fileName, bytes, base64 };
}

function sniffed(base64: string): string {
  if (base64.startsWith("iVBORw0KGgo")) return "image/png";
  if (base64.startsWith("/9j/")) return "image/jpeg";
  return base64.startsWith("R0lGOD") ? "image/gif" : "application/octet-stream";
}
