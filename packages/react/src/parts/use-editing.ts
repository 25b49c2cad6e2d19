"use client";

import type { Message } from "@automna/client";
import { useCallback, useContext, useEffect, useState } from "react";

import { editsOf, keptEdit } from "../composer/drafts.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { MessageEditor } from "./deferred-parts.tsx";
import { ReportContext } from "./error-boundary.tsx";

/** Why a message is being edited: somebody asked for it, or a change is kept from before its row was gone. */
type Editing = "asked" | "kept" | null;

/** Whether a message is being edited: not before the editor is there, so that its text is always to be seen. */
export function useEditing(
  message: Message,
): readonly [editing: Editing, edit: () => void, close: () => void] {
  const { store, drafts } = useChatRuntime();
  const report = useContext(ReportContext);
  const [editing, setEditing] = useState<Editing>(null);
  const open = useCallback(
    (how: Editing) => void MessageEditor.load().then(() => setEditing(how), report),
    [report],
  );
  useEffect(() => {
    if (message.role === "user" && keptEdit(drafts, editsOf(store.getState().sessionKey, message)))
      open("kept");
  }, [message, drafts, store, open]);
  return [editing, () => open("asked"), () => setEditing(null)];
}
