/** Longest text that is shown before somebody asks for all of it: a huge result freezes a page. */
export const CLIP_CHARS = 8_000;

/** The beginning of a long text. */
export function clip(text: string, max = CLIP_CHARS): { readonly text: string; readonly clipped: boolean } {
  return text.length <= max ? { text, clipped: false } : { text: `${text.slice(0, max)}…`, clipped: true };
}

/** Arguments for reading: text as it is, everything else as indented JSON. */
export function formatArguments(args: unknown): string {
  if (args === undefined || args === null) return "";
  if (typeof args === "string") return args;
  const json = JSON.stringify(args, null, 2);
  return json === "{}" ? "" : json;
}

const TELLING = ["command", "cmd", "path", "file_path", "file", "query", "url", "pattern", "name"];
const PREVIEW_CHARS = 120;

/** The one argument that tells most, in one line; empty when there is none. */
export function previewArguments(args: unknown): string {
  if (typeof args === "string") return oneLine(args);
  if (typeof args !== "object" || args === null) return "";
  const entries = Object.entries(args).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const found = TELLING.map((name) => entries.find(([key]) => key === name)).find(Boolean) ?? entries[0];
  return found ? oneLine(found[1]) : "";
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= PREVIEW_CHARS ? line : `${line.slice(0, PREVIEW_CHARS)}…`;
}
