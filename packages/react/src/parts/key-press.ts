import type { KeyboardEvent } from "react";

import type { KeyPress } from "../composer/composer-keys.ts";

/** What decides about a key, from React's event. */
export function keyPressOf(event: KeyboardEvent): KeyPress {
  const { key, shiftKey, ctrlKey, metaKey, altKey, nativeEvent, keyCode } = event;
  return { key, shiftKey, ctrlKey, metaKey, altKey, isComposing: nativeEvent.isComposing, keyCode };
}
