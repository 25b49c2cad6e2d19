"use client";

import { errorMessage } from "@automna/client";
import { canonicalSessionKey } from "@automna/protocol";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";

import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { useCapabilities, useQuietState, useIsRunning, useSessionKey } from "../runtime/chat-hooks.ts";
import { fetchAhead } from "../runtime/fetch-ahead.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import type { PrepareFile } from "./read-files.ts";
import type { Tray, TrayFile } from "./tray.ts";

/** A message that is being written. */
export interface Composer {
  /** The draft of the open session. */
  readonly text: string;
  /** Changes the draft. */
  readonly setText: (text: string) => void;
  /** The files of this message, those included that are still being read. */
  readonly attachments: readonly TrayFile[];
  /** Reads files and adds those that this gateway accepts; `problems` says what became of the others. Never rejects. */
  readonly addFiles: (files: readonly File[]) => Promise<void>;
  /** Takes out the file at this place of `attachments`. */
  readonly removeAttachment: (index: number) => void;
  /** Why the last files or the last send were refused, for the person. */
  readonly problems: readonly string[];
  /** Empties `problems`. */
  readonly dismissProblems: () => void;
  /** `false` also while files are being read: they belong to this message, until they are removed. */
  readonly canSend: boolean;
  /** Sends it and starts over. `false`: there is nothing to send, or it was refused and stays here. */
  readonly send: () => boolean;
  /** The agent is at work in the open session. */
  readonly isRunning: boolean;
  /** Stops its run. */
  readonly stop: () => void;
}

/** What is needed for files only: fetched when somebody has one, or when the page is idle. */
const loadFileReading = () => import("./take-files.ts");

/**
 * Everything a composer needs, without its looks. Text and files are kept for each session, across switches, the text (for
 * a gateway with a fixed address) also across reloads of the tab.
 *
 * @param own default: the runtime of the nearest {@link ChatProvider}
 * @param prepareFile gives what is sent in place of a file; default: the file itself
 * @throws {MissingChatError} when there is no runtime
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
  const [text, setText, tray] = useDraft(runtime);
  const [, show] = useReducer((count: number) => count + 1, 0);
  const { attachments, problems } = tray;
  const isReading = attachments.some((file) => file.isReading);

  const change = (next: Partial<Tray>) => {
    Object.assign(tray, next);
    show();
  };

  const addFiles = async (files: readonly File[]) => {
    const places = files.map(({ name, type, size }): TrayFile => ({
      fileName: name,
      mimeType: type,
      size,
      content: "",
      isReading: true,
    }));
    change({ attachments: [...tray.attachments, ...places], problems: isReading ? problems : [] });
    await loadFileReading().then(
      ({ takeFiles }) => takeFiles(files, places, { tray, change, limits, strings, prepareFile }),
      // Where the part cannot be loaded, nothing can be read.
      () =>
        change({
          attachments: tray.attachments.filter((file) => !places.includes(file)),
          problems: files.map(({ name }) => fill(strings.composer.unreadable, { name })),
        }),
    );
  };

  useEffect(() => fetchAhead(loadFileReading), []);

  const canSend = !isReading && (text.trim() !== "" || attachments.length > 0);
  const send = () => {
    if (!canSend) return false;
    try {
      runtime.actions.send(text, attachments.length > 0 ? { attachments } : undefined);
    } catch (error) {
      void loadFileReading().then(
        ({ describeSendError }) =>
          change({ problems: describeSendError(error, attachments, limits, strings) }),
        () => change({ problems: [errorMessage(error)] }),
      );
      return false;
    }
    setText("");
    change(emptyTray());
    return true;
  };

  return {
    text,
    setText,
    attachments,
    addFiles,
    removeAttachment: (index) => change({ attachments: tray.attachments.filter((_, at) => at !== index) }),
    problems,
    dismissProblems: () => change({ problems: [] }),
    canSend,
    send,
    isRunning,
    stop: () => toldByNotice(runtime.actions.abort()),
  };
}

const emptyTray = (): Tray => ({ attachments: [], problems: [] });

function trayOf(trays: Map<string, Tray>, sessionKey: string): Tray {
  const tray = trays.get(sessionKey) ?? emptyTray();
  trays.set(sessionKey, tray);
  return tray;
}

interface Draft {
  readonly runtime: ChatRuntime;
  readonly sessionKey: string;
  readonly named: boolean;
  readonly text: string;
  /** Those of this runtime, by session. */
  readonly trays: Map<string, Tray>;
}

function useDraft(
  runtime: ChatRuntime,
): readonly [text: string, setText: (text: string) => void, tray: Tray] {
  const sessionKey = canonicalSessionKey(useSessionKey(runtime));
  const named = useQuietState((state) => state.everConnected, runtime);
  const [draft, setDraft] = useState<Draft>(() => ({
    runtime,
    sessionKey,
    named,
    text: "",
    trays: new Map(),
  }));
  let { text, trays } = draft;
  if (draft.runtime !== runtime || draft.sessionKey !== sessionKey || draft.named !== named) {
    const sameRuntime = draft.runtime === runtime;
    // Until the first hello-ok the session has only the host's name for it: with the other name the message moves along.
    const same = sameRuntime && (draft.sessionKey === sessionKey || (named && !draft.named));
    text = same ? draft.text : runtime.drafts.get(sessionKey);
    if (!sameRuntime) trays = new Map();
    else if (same) trays.set(sessionKey, trayOf(trays, draft.sessionKey));
    setDraft({ runtime, sessionKey, named, text, trays });
  }
  const setText = useCallback(
    (next: string) => {
      runtime.drafts.set(sessionKey, next);
      setDraft({ runtime, sessionKey, named, text: next, trays });
    },
    [runtime, sessionKey, named, trays],
  );
  useRestoredDraft(runtime, sessionKey, text, setText);
  return [text, setText, trayOf(trays, sessionKey)];
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
