"use client";

import type { SlashCommand } from "@automna/client";
import { useId, useRef, type ReactElement } from "react";

import type { KeyPress } from "../composer/composer-keys.ts";
import { slashKey } from "../composer/slash-key.ts";
import { useSlashCommands } from "../composer/use-slash-commands.ts";
import { useStrings } from "../i18n/language.tsx";
import { useBeforePaint } from "../runtime/before-paint.ts";

export interface SlashCommandMenuProps {
  /** What is being typed. */
  readonly text: string;
  readonly onTake: (text: string) => void;
  /** Told of the list while it is in the page; must be stable. */
  readonly onShown: (menu: ShownMenu | null) => void;
}

/** What the text needs of the menu beside it. */
export interface ShownMenu {
  readonly id: string;
  readonly activeId: string;
  /** Whether the menu has dealt with it. */
  readonly onKey: (press: KeyPress) => boolean;
}

/** The gateway's commands for what is being typed. The focus stays in the text. */
export function SlashCommandMenu({ text, onTake, onShown }: SlashCommandMenuProps): ReactElement | null {
  const { composer } = useStrings();
  const id = useId();
  const menu = useSlashCommands(text);
  const { active } = menu;
  const isShown = menu.commands.length > 0;
  const take = ({ name }: SlashCommand) => onTake(`/${name.replace(/^\//, "")} `);
  const onKey = (press: KeyPress): boolean => {
    const handled = slashKey(press, menu);
    const chosen = menu.commands[active];
    if (handled === "take" && chosen) take(chosen);
    return handled !== null;
  };
  const latest = useRef(onKey);
  useBeforePaint(() => {
    latest.current = onKey;
  });
  useBeforePaint(() => {
    if (!isShown) return undefined;
    onShown({ id, activeId: `${id}-${active}`, onKey: (press) => latest.current(press) });
    return () => onShown(null);
  }, [id, active, isShown, onShown]);
  if (!isShown) return null;
  return (
    <ul id={id} className="automna-commands" role="listbox" aria-label={composer.commands}>
      {menu.commands.map((command, index) => (
        <li
          key={command.name}
          id={`${id}-${index}`}
          className="automna-command"
          role="option"
          aria-selected={index === active}
          onPointerDown={(event) => {
            event.preventDefault();
            take(command);
          }}
        >
          <span className="automna-command-name" dir="ltr">
            /{command.name.replace(/^\//, "")}
          </span>
          <span className="automna-command-text">{command.description}</span>
        </li>
      ))}
    </ul>
  );
}
