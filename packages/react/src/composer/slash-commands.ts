import type { SlashCommand } from "@automna/client";

/** What is being typed as a command: the name after the slash, or `null` when it is none (any more). */
export function commandPrefix(text: string): string | null {
  return /^\/([\w:-]*)$/.exec(text)?.[1]?.toLowerCase() ?? null;
}

const MOST = 8;

/** The commands that begin like this, then those that contain it. */
export function matchCommands(commands: readonly SlashCommand[], prefix: string): readonly SlashCommand[] {
  const bare = ({ name }: SlashCommand) => name.replace(/^\//, "").toLowerCase();
  const begin = commands.filter((command) => bare(command).startsWith(prefix));
  const contain = commands.filter((command) => !begin.includes(command) && bare(command).includes(prefix));
  return [...begin, ...contain].slice(0, MOST);
}
