"use client";

import type { AssistantRuntime, AttachmentAdapter } from "@assistant-ui/react";
import { useCallback, useMemo, useState } from "react";

import type { PrepareFile } from "../composer/read-files.ts";
import { useStrings } from "../i18n/language.tsx";
import { useCapabilities } from "../runtime/chat-hooks.ts";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { attachmentAdapter } from "./attachments.ts";
import { composerTray } from "./composer-tray.ts";

const GOES = ["complete", "requires-action"];

/** The files of assistant-ui's composer. */
export interface Attachments {
  readonly adapter: AttachmentAdapter;
  /** One of them is still being read, or cannot be sent. */
  readonly keepsMessage: boolean;
  /** Keeps an eye on them, until the returned function is called. */
  readonly watch: (runtime: AssistantRuntime) => () => void;
}

export function useAttachments(chat: ChatRuntime, prepareFile: PrepareFile | undefined): Attachments {
  const limits = useCapabilities(chat)?.attachments ?? null;
  const strings = useStrings();
  const [tray] = useState(composerTray);
  const [keepsMessage, setKeepsMessage] = useState(false);
  const adapter = useMemo(
    () => attachmentAdapter({ limits, strings, prepareFile, tray }),
    [limits, strings, prepareFile, tray],
  );
  const watch = useCallback(
    ({ thread: { composer } }: AssistantRuntime) => {
      const look = () => {
        const { attachments } = composer.getState();
        tray.keep(attachments.map(({ id }) => id));
        setKeepsMessage(attachments.some(({ status }) => !GOES.includes(status.type)));
      };
      look();
      return composer.subscribe(look);
    },
    [tray],
  );
  return { adapter, keepsMessage, watch };
}
