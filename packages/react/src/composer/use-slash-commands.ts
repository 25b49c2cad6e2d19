"use client";

import type { SlashCommand } from "@automna/client";
import { useEffect, useState } from "react";

import { useCapabilities, useChatActions, useConnection } from "../runtime/chat-hooks.ts";
import { commandPrefix, matchCommands } from "./slash-commands.ts";

/** The menu of commands for what is being typed. */
export interface SlashMenu {
  /** At most eight; none while no command is being typed. */
  readonly commands: readonly SlashCommand[];
  /** Which one Enter takes: an index of `commands`. */
  readonly active: number;
  /** Makes the next (1) or the previous one active, and begins anew at the ends. */
  readonly move: (by: 1 | -1) => void;
  /** Closes the menu until something else is typed. */
  readonly dismiss: () => void;
}

/**
 * The gateway's commands that fit the text; fetched when a slash is typed for the first time. Gateways of version 3 have none.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useComposer, useSlashCommands } from "@automna/react";
 *
 * function Commands() {
 *   const { text, setText } = useComposer();
 *   return useSlashCommands(text).commands.map(({ name, description }) => (
 *     <button key={name} title={description} onClick={() => setText(`${name} `)}>{name}</button>
 *   ));
 * }
 * ```
 */
export function useSlashCommands(text: string): SlashMenu {
  const { listCommands } = useChatActions();
  const can = useCapabilities()?.hasSlashCommands === true;
  const prefix = can ? commandPrefix(text) : null;
  const [all, setAll] = useState<readonly SlashCommand[]>([]);
  const [choice, setChoice] = useState({ prefix, active: 0, dismissed: false });
  const connected = useConnection().status === "ready";
  const wanted = prefix !== null && connected;
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    listCommands().then(
      (found) => current && setAll(found),
      // Without the list a command can still be typed.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wanted, listCommands]);

  const fresh = choice.prefix !== prefix;
  const dismissed = !fresh && choice.dismissed;
  const commands = prefix === null || dismissed ? [] : matchCommands(all, prefix);
  const active = fresh ? 0 : Math.min(choice.active, Math.max(0, commands.length - 1));
  return {
    commands,
    active,
    move: (by) =>
      setChoice({ prefix, dismissed: false, active: (active + by + commands.length) % commands.length }),
    dismiss: () => setChoice({ prefix, active: 0, dismissed: true }),
  };
}
