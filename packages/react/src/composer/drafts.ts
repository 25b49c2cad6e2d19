import { linkIdOf, type Message } from "@automna/client";

/** Texts that were typed but not sent, one for each session. */
export interface Drafts {
  /** The session's text, `""` where there is none. */
  get(sessionKey: string): string;
  /** Keeps a text; `""` forgets it. */
  set(sessionKey: string, text: string): void;
}

/** Under what the changes to a message are kept that is being edited, and were before it was stored. */
export const editsOf = (sessionKey: string, message: Message) =>
  [linkIdOf(message), message.id].map((id) => `${sessionKey}#${id}`) as [string, string];

/** The changes that are kept under one of these. */
export const keptEdit = (drafts: Drafts, [edit, former]: readonly [string, string]) =>
  drafts.get(edit) || drafts.get(former);

/**
 * Drafts that end with the page.
 *
 * @example
 * ```ts
 * import { createChatStore } from "@automna/client";
 * import { memoryDrafts, runtimeOf } from "@automna/react";
 *
 * const runtime = runtimeOf(createChatStore({ gatewayUrl, authToken }), memoryDrafts());
 * ```
 */
export function memoryDrafts(): Drafts {
  const texts = new Map<string, string>();
  return {
    get: (sessionKey) => texts.get(sessionKey) ?? "",
    set: (sessionKey, text) => void (text === "" ? texts.delete(sessionKey) : texts.set(sessionKey, text)),
  };
}

/**
 * Drafts that survive a reload of the tab, and end with it. Without storage (on a server, blocked, full) they end with the page.
 *
 * @param scope what keeps the drafts of one person and gateway apart from another's, such as the gateway's address
 * @param area asked for at each use, default `sessionStorage`; throwing means that there is none
 *
 * @example
 * ```ts
 * import { createChatStore } from "@automna/client";
 * import { runtimeOf, tabDrafts } from "@automna/react";
 *
 * const store = createChatStore({ gatewayUrl, authToken });
 * const runtime = runtimeOf(store, tabDrafts(`${gatewayUrl} ada`));
 * ```
 */
export function tabDrafts(scope: string, area: () => Storage = () => sessionStorage): Drafts {
  const memory = memoryDrafts();
  const nameOf = (sessionKey: string) => `automna.draft.${scope}.${sessionKey}`;
  const attempt = <T>(task: (storage: Storage) => T): T | null => {
    try {
      return task(area());
    } catch {
      // No storage on a server, blocked or full: the memory still has the text.
      return null;
    }
  };
  return {
    get: (sessionKey) =>
      memory.get(sessionKey) || (attempt((storage) => storage.getItem(nameOf(sessionKey))) ?? ""),
    set(sessionKey, text) {
      memory.set(sessionKey, text);
      attempt((storage) =>
        text === "" ? storage.removeItem(nameOf(sessionKey)) : storage.setItem(nameOf(sessionKey), text),
      );
    },
  };
}
