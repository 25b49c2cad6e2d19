"use client";

import {
  useRef,
  useState,
  type ClipboardEvent,
  type ComponentPropsWithoutRef,
  type DragEvent,
  type KeyboardEvent,
  type ReactElement,
} from "react";

import { composerCommand } from "../composer/composer-keys.ts";
import type { PrepareFile } from "../composer/read-files.ts";
import { useComposer, type Composer as ComposerState } from "../composer/use-composer.ts";
import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useConnection } from "../runtime/chat-hooks.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { AutoTextarea } from "./auto-textarea.tsx";
import { classNames } from "./class-names.ts";
import { AttachmentTray, ComposerProblems, RunSettings, SlashCommandMenu } from "./deferred-parts.tsx";
import { Icon } from "./icons.tsx";
import type { ShownMenu } from "./slash-command-menu.tsx";

/** A form element's own props, and where the focus goes. */
export interface ComposerProps extends Omit<ComponentPropsWithoutRef<"form">, "children" | "onSubmit"> {
  /** Takes the focus when it appears. */
  readonly autoFocus?: boolean;
  /** What is sent in place of a chosen, pasted or dropped file. Default: the file itself. */
  readonly prepareFile?: PrepareFile;
}

/**
 * Where a message is written: Enter sends, Shift+Enter starts a new line, Escape stops a reply, files are pasted or dropped. What
 * is sent brings the thread to its end.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer } from "@automna/react";
 *
 * <Composer autoFocus prepareFile={(file) => new File([file], "picture.png", { type: file.type })} />;
 * ```
 */
export function Composer({ autoFocus, prepareFile, className, ...rest }: ComposerProps): ReactElement {
  const composer = useComposer(undefined, prepareFile);
  const scroll = useThreadScroll();
  const [dragging, setDragging] = useState(false);
  const { composer: words } = useStrings();

  const send = () => {
    if (composer.send()) scroll.follow();
  };
  const onDrag = (event: DragEvent<HTMLFormElement>) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setDragging(true);
  };
  return (
    <form
      {...rest}
      className={classNames("automna-composer", className)}
      data-dragging={dragging || undefined}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragEnter={onDrag}
      onDragOver={onDrag}
      onDragLeave={(event) => {
        const { relatedTarget } = event;
        if (!(relatedTarget instanceof Node && event.currentTarget.contains(relatedTarget)))
          setDragging(false);
      }}
      onDrop={(event) => {
        setDragging(false);
        if (event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        void composer.addFiles([...event.dataTransfer.files]);
      }}
    >
      <div role="alert">{composer.problems.length > 0 && <ComposerProblems {...composer} />}</div>
      <div className="automna-composer-box">
        {composer.attachments.length > 0 && (
          <AttachmentTray attachments={composer.attachments} onRemove={composer.removeAttachment} />
        )}
        <ComposerText composer={composer} onSend={send} autoFocus={autoFocus ?? false} />
        <div className="automna-composer-tools">
          <AttachButton onFiles={(files) => void composer.addFiles(files)} />
          <RunSettings />
          <span className="automna-composer-space" />
          {composer.isRunning && (
            <button
              type="button"
              className="automna-round-button"
              data-look="stop"
              title={words.stop}
              aria-label={words.stop}
              onClick={composer.stop}
            >
              <Icon name="stop" />
            </button>
          )}
          <button
            type="submit"
            className="automna-round-button"
            data-look="primary"
            title={words.send}
            aria-label={words.send}
            aria-disabled={!composer.canSend}
          >
            <Icon name="send" />
          </button>
        </div>
        {dragging && <div className="automna-drop-hint">{words.dropHere}</div>}
      </div>
    </form>
  );
}

interface ComposerTextProps {
  readonly composer: ComposerState;
  readonly onSend: () => void;
  readonly autoFocus: boolean;
}

function ComposerText({ composer, onSend, autoFocus }: ComposerTextProps): ReactElement {
  const { composer: words } = useStrings();
  const ready = useConnection().status === "ready";
  // The menu is fetched when it is first wanted. Until somebody sees it, it has neither keys nor a name for assistive technology.
  const [menu, setMenu] = useState<ShownMenu | null>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (menu?.onKey(event.nativeEvent)) {
      event.preventDefault();
      return;
    }
    const command = composerCommand(event.nativeEvent, { running: composer.isRunning });
    if (command === null) return;
    event.preventDefault();
    if (command === "send") onSend();
    if (command === "stop") composer.stop();
    if (command === "newline") insertNewline(event.currentTarget, composer.setText);
  };
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const files = [...event.clipboardData.files];
    // A copied table or web page comes as text and as a picture of it: the text is meant.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    void composer.addFiles(files);
  };
  return (
    <>
      {composer.text.startsWith("/") && (
        <SlashCommandMenu text={composer.text} onTake={composer.setText} onShown={setMenu} />
      )}
      <AutoTextarea
        className="automna-textarea"
        aria-label={words.label}
        aria-controls={menu?.id}
        aria-activedescendant={menu?.activeId}
        aria-autocomplete={menu ? "list" : undefined}
        placeholder={ready ? words.placeholder : words.offlinePlaceholder}
        title={words.hint}
        // An empty `auto` is left to right, and so would be an Arabic placeholder.
        dir={composer.text === "" ? undefined : "auto"}
        enterKeyHint="send"
        autoFocus={autoFocus}
        value={composer.text}
        onChange={(event) => composer.setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
    </>
  );
}

function insertNewline(area: HTMLTextAreaElement, setText: (text: string) => void): void {
  area.setRangeText("\n", area.selectionStart, area.selectionEnd, "end");
  setText(area.value);
}

function AttachButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }): ReactElement {
  const { composer: words } = useStrings();
  const input = useRef<HTMLInputElement>(null);
  const onlyPictures = useCapabilities()?.attachments.acceptsFiles === false;
  return (
    <>
      <button
        type="button"
        className="automna-icon-button"
        title={words.attach}
        aria-label={words.attach}
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={words.attach}
        accept={onlyPictures ? "image/*" : undefined}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
