"use client";

import { errorMessage, type Attachment } from "@automna/client";
import { canonicalSessionKey } from "@automna/protocol";
import { useCallback, useEffect, useRef, useState } from "react";

import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { useCapabilities, useQuietState, useIsRunning, useSessionKey } from "../runtime/chat-hooks.ts";
import { fetchAhead } from "../runtime/fetch-ahead.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import type { PrepareFile } from "./read-files.ts";

/** A message that is being written. */
export interface Composer {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly attachments: readonly Attachment[];
  /** Reads files and adds those that this gateway accepts. */
  readonly addFiles: (files: readonly File[]) => Promise<void>;
  readonly removeAttachment: (index: number) => void;
  /** Why the last files or the last send were refused, for the person. */
  readonly problems: readonly string[];
  readonly dismissProblems: () => void;
  /** `false` also while files are being read: they belong to this message. */
  readonly canSend: boolean;
  /** Sends it and starts over. `false`: there is nothing to send, or it was refused and stays here. */
  readonly send: () => boolean;
  readonly isRunning: boolean;
  readonly stop: () => void;
}

/** What is needed for files only: fetched when somebody has one, or when the page is idle. */
const loadFileReading = () => import("./take-files.ts");

/**
 * Everything a composer needs, without its looks. The text is kept for each session, across switches and (for a gateway
 * with a fixed address) reloads of the tab.
 *
 * @example
 * ```tsx
 * const composer = useComposer();
 * return <textarea value={composer.text} onChange={(event) => composer.setText(event.target.value)} />;
 * ```
 */
export function useComposer(own?: ChatRuntime, prepareFile?: PrepareFile): Composer {
  const runtime = useChatRuntime(own);
  const strings = useStrings();
  const limits = useCapabilities(runtime)?.attachments ?? null;
  const isRunning = useIsRunning(runtime);
  const [text, setText] = useDraft(runtime);
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [reading, setReading] = useState(0);
  const chosen = useRef(attachments);

  const choose = useCallback((next: readonly Attachment[]) => {
    chosen.current = next;
    setAttachments(next);
  }, []);

  const addFiles = async (files: readonly File[]) => {
    if (reading === 0) setProblems([]);
    setReading((count) => count + 1);
    const names = files.map(({ name }) => name);
    const taken = await loadFileReading()
      .then(({ takeFiles }) => takeFiles(files, () => chosen.current, { limits, strings, prepareFile }))
      // Where the part cannot be loaded, nothing can be read.
      .catch(() => null);
    if (taken) choose(taken.attachments);
    const told = taken?.problems ?? names.map((name) => fill(strings.composer.unreadable, { name }));
    setProblems((before) => before.concat(told));
    setReading((count) => count - 1);
  };

  useEffect(() => fetchAhead(loadFileReading), []);

  const canSend = reading === 0 && (text.trim() !== "" || attachments.length > 0);
  const send = () => {
    if (!canSend) return false;
    try {
      runtime.actions.send(text, attachments.length > 0 ? { attachments } : undefined);
    } catch (error) {
      void loadFileReading().then(
        ({ describeSendError }) => setProblems(describeSendError(error, attachments, limits, strings)),
        () => setProblems([errorMessage(error)]),
      );
      return false;
    }
    setText("");
    choose([]);
    setProblems([]);
    return true;
  };

  return {
    text,
    setText,
    attachments,
    addFiles,
    removeAttachment: (index) => choose(chosen.current.filter((_, at) => at !== index)),
    problems,
    dismissProblems: () => setProblems([]),
    canSend,
    send,
    isRunning,
    stop: () => toldByNotice(runtime.actions.abort()),
  };
}

interface Draft {
  readonly runtime: ChatRuntime;
  readonly sessionKey: string;
  readonly named: boolean;
  readonly text: string;
}

function useDraft(runtime: ChatRuntime): readonly [text: string, setText: (text: string) => void] {
  const sessionKey = canonicalSessionKey(useSessionKey(runtime));
  const named = useQuietState((state) => state.everConnected, runtime);
  const [draft, setDraft] = useState<Draft>(() => ({ runtime, sessionKey, named, text: "" }));
  let { text } = draft;
  if (draft.runtime !== runtime || draft.sessionKey !== sessionKey || draft.named !== named) {
    const same = draft.runtime === runtime && (draft.sessionKey === sessionKey || !draft.named);
    // Until the first hello-ok the session has only the host's name for it: then the text moves along.
    text = same ? draft.text : runtime.drafts.get(sessionKey);
    setDraft({ runtime, sessionKey, named, text });
  }
  const setText = useCallback(
    (next: string) => {
      runtime.drafts.set(sessionKey, next);
      setDraft({ runtime, sessionKey, named, text: next });
    },
    [runtime, sessionKey, named],
  );
  useRestoredDraft(runtime, sessionKey, text, setText);
  return [text, setText];
}

/** Reads the kept draft after hydration: a server has none, and must render the same. */
function useRestoredDraft(
  runtime: ChatRuntime,
  sessionKey: string,
  text: string,
  setText: (text: string) => void,
): void {
  const restored = useRef<ChatRuntime | null>(null);
  useEffect(() => {
    if (restored.current === runtime) return;
    restored.current = runtime;
    const kept = runtime.drafts.get(sessionKey);
    if (text === "" && kept !== "") setText(kept);
  }, [runtime, sessionKey, text, setText]);
}
