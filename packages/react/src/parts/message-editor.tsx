"use client";

import { messageText, type Message } from "@automna/client";
import { useState, type KeyboardEvent, type ReactElement } from "react";

import { composerCommand } from "../composer/composer-keys.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatActions } from "../runtime/chat-hooks.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { AutoTextarea } from "./auto-textarea.tsx";

export interface MessageEditorProps {
  readonly message: Message;
  readonly onClose: () => void;
}

/** Changes an own message and sends it as a new turn. */
export function MessageEditor({ message, onClose }: MessageEditorProps): ReactElement {
  const { composer } = useStrings();
  const { editAndResend } = useChatActions();
  const scroll = useThreadScroll();
  const [text, setText] = useState(() => messageText(message));

  const submit = () => {
    if (text.trim() === "" || editAndResend(message.id, text) === null) return;
    onClose();
    scroll.follow();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const command = composerCommand(event.nativeEvent, { running: true });
    if (command === null) return;
    event.preventDefault();
    if (command === "send") submit();
    if (command === "stop") onClose();
    if (command === "newline") setText(`${text}\n`);
  };
  return (
    <div className="automna-editor">
      <AutoTextarea
        className="automna-textarea"
        aria-label={composer.label}
        autoFocus
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <p className="automna-message-note">{composer.editing}</p>
      <div className="automna-row-buttons">
        <button
          type="button"
          className="automna-button"
          data-look="primary"
          data-size="small"
          onClick={submit}
        >
          {composer.send}
        </button>
        <button
          type="button"
          className="automna-button"
          data-look="quiet"
          data-size="small"
          onClick={onClose}
        >
          {composer.cancelEdit}
        </button>
      </div>
    </div>
  );
}
