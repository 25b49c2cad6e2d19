import type { ToolCallPart } from "@automna/client";

const TELLING = ["command", "cmd", "path", "file_path", "file", "query", "url", "pattern", "name"];
const PREVIEW_CHARS = 120;

/** What stands beside a call's name. A gateway's own title may begin with that name, which is not said twice. */
export function previewCall({ name, title, args }: Pick<ToolCallPart, "name" | "title" | "args">): string {
  if (title === undefined) return previewArguments(args);
  const [first, ...rest] = title.split(" ");
  return first?.toLowerCase() === name.toLowerCase() ? rest.join(" ") || previewArguments(args) : title;
}

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
