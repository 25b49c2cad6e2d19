"use client";

import type { SlashCommand } from "@automna/client";
import type { ReactElement, Ref } from "react";

import type { SlashMenu } from "../composer/use-slash-commands.ts";
import { useStrings } from "../i18n/language.tsx";

export interface SlashCommandMenuProps {
  readonly id: string;
  /** Told of the list while it is in the page. */
  readonly listRef: Ref<HTMLUListElement>;
  readonly menu: SlashMenu;
  readonly onTake: (command: SlashCommand) => void;
}

/** The gateway's commands for what is being typed. The focus stays in the text. */
export function SlashCommandMenu({ id, listRef, menu, onTake }: SlashCommandMenuProps): ReactElement {
  const { composer } = useStrings();
  return (
    <ul ref={listRef} id={id} className="automna-commands" role="listbox" aria-label={composer.commands}>
      {menu.commands.map((command, index) => (
        <li
          key={command.name}
          id={`${id}-${index}`}
          className="automna-command"
          role="option"
          aria-selected={index === menu.active}
          onPointerDown={(event) => {
            event.preventDefault();
            onTake(command);
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
