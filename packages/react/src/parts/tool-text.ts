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
