"use client";

import { messageText, type Message } from "@automna/client";
import { useCallback, useEffect, useState, type KeyboardEvent, type ReactElement } from "react";

import { composerCommand } from "../composer/composer-keys.ts";
import { editsOf, keptEdit } from "../composer/drafts.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatActions } from "../runtime/chat-hooks.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { AutoTextarea } from "./auto-textarea.tsx";

export interface MessageEditorProps {
  readonly message: Message;
  readonly autoFocus: boolean;
  readonly onClose: () => void;
}

/** Changes an own message and sends it as a new turn. What was changed is kept until it is sent or given up. */
export function MessageEditor({ message, autoFocus, onClose }: MessageEditorProps): ReactElement {
  const { composer } = useStrings();
  const { editAndResend } = useChatActions();
  const scroll = useThreadScroll();
  const { store, drafts } = useChatRuntime();
  const [sessionKey] = useState(() => store.getState().sessionKey);
  const [edit, former] = editsOf(sessionKey, message);
  const [text, setText] = useState(() => keptEdit(drafts, [edit, former]) || messageText(message));

  const keep = useCallback(
    (next: string) => {
      drafts.set(former, "");
      drafts.set(edit, next);
    },
    [drafts, edit, former],
  );
  // It was stored meanwhile: from now on it has a name that outlives the page.
  useEffect(() => {
    const kept = drafts.get(former);
    if (kept !== "") keep(kept);
  }, [drafts, former, keep]);
  const change = (next: string) => {
    keep(next);
    setText(next);
  };
  const close = () => {
    keep("");
    onClose();
  };
  const submit = () => {
    if (text.trim() === "" || editAndResend(message.id, text) === null) return;
    close();
    scroll.follow();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const command = composerCommand(event.nativeEvent, { running: true });
    if (command === null) return;
    event.preventDefault();
    if (command === "send") submit();
    if (command === "stop") close();
    if (command === "newline") change(`${text}\n`);
  };
  return (
    <div className="automna-editor">
      <AutoTextarea
        className="automna-textarea"
        aria-label={composer.label}
        autoFocus={autoFocus}
        dir="auto"
        value={text}
        onChange={(event) => change(event.currentTarget.value)}
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
        <button type="button" className="automna-button" data-look="quiet" data-size="small" onClick={close}>
          {composer.cancelEdit}
        </button>
      </div>
    </div>
  );
}
