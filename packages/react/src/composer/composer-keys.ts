/** The part of a keyboard event that decides. */
export interface KeyPress {
  /** Name of the key: `Enter`, `Escape`, ... */
  readonly key: string;
  /** This and the next three: the modifier is held down. */
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** An input method is composing: its keys belong to it. */
  readonly isComposing: boolean;
  /** 229: an input method takes the key, also where `isComposing` does not say so. */
  readonly keyCode: number;
}

/** What a key does in the composer; `null` leaves it to the browser. */
export type ComposerCommand = "send" | "newline" | "stop";

/** Key code of every key that an input method takes. Safari says `isComposing: false` for the Enter that ends it. */
const IME_KEY_CODE = 229;

/**
 * Whether an input method (Japanese, Chinese, Korean) takes this key, so that nobody else may: the Enter that ends a
 * composition sends nothing, its Escape closes nothing.
 *
 * @example
 * ```ts
 * document.addEventListener("keydown", (event) => {
 *   if (event.key === "Escape" && !isForInputMethod(event)) close();
 * });
 * ```
 */
export function isForInputMethod({
  isComposing,
  keyCode,
}: Pick<KeyPress, "isComposing" | "keyCode">): boolean {
  return isComposing || keyCode === IME_KEY_CODE;
}

/**
 * Enter sends, Shift+Enter and Alt+Enter start a new line, Escape stops a run. While an input method composes, nothing is
 * taken from it.
 *
 * @returns `null`: the key is the browser's
 *
 * @example
 * ```tsx
 * import { composerCommand, useComposer } from "@automna/react";
 *
 * function Field() {
 *   const { text, setText, send, isRunning } = useComposer();
 *   const onKeyDown = (event: React.KeyboardEvent) => {
 *     if (composerCommand(event.nativeEvent, { running: isRunning }) !== "send") return;
 *     event.preventDefault();
 *     send();
 *   };
 *   return <textarea value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} />;
 * }
 * ```
 */
export function composerCommand(
  press: KeyPress,
  state: { readonly running: boolean },
): ComposerCommand | null {
  if (isForInputMethod(press)) return null;
  if (press.key === "Escape") return state.running ? "stop" : null;
  if (press.key !== "Enter" || press.shiftKey) return null;
  return press.altKey ? "newline" : "send";
}
