import { isForInputMethod, type KeyPress } from "./composer-keys.ts";
import type { SlashMenu } from "./use-slash-commands.ts";

/** What a key does while the menu is open: `take` asks for the active command, `moved` was dealt with, `null` is none of its business. */
export function slashKey(press: KeyPress, menu: SlashMenu): "take" | "moved" | null {
  if (menu.commands.length === 0 || press.shiftKey || isForInputMethod(press)) return null;
  switch (press.key) {
    case "ArrowDown":
      menu.move(1);
      return "moved";
    case "ArrowUp":
      menu.move(-1);
      return "moved";
    case "Escape":
      menu.dismiss();
      return "moved";
    case "Tab":
    case "Enter":
      return "take";
    default:
      return null;
  }
}
