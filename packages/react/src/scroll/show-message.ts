import {
  ConnectionLostError,
  selectLinkedId,
  type ChatActions,
  type ChatState,
  type ChatStore,
} from "@automna/client";

import type { ThreadScroll } from "./thread-scroll.ts";

/** A link to something that is not there must not read a whole history. */
const MOST_PAGES = 20;

/** What a message is looked for in. */
export interface ShownThread {
  readonly store: Pick<ChatStore, "getState" | "subscribe">;
  readonly actions: Pick<ChatActions, "loadOlder">;
  readonly scroll: Pick<ThreadScroll, "want">;
}

/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages of this
 * session are fetched, until one is refused.
 *
 * @param link its id, or what a link names it by
 * @returns gives it up
 */
export function showMessage(link: string, { store, actions, scroll }: ShownThread): () => void {
  let pages = 0;
  let sessionKey: string | null = null;
  let isAsking = false;
  let isWanted = true;
  let unsubscribe = () => {};
  let missedIn: Partial<ChatState["transcript"]> = {};
  const stop = () => {
    isWanted = false;
    unsubscribe();
    scroll.want(null);
  };
  const fetchMore = () => {
    const { transcript, history, connection, ...state } = store.getState();
    // Until the first hello-ok the session may have another name.
    if (state.everConnected && history.status === "ready") sessionKey ??= state.sessionKey;
    if (sessionKey !== null && sessionKey !== state.sessionKey) return stop();
    // Each token of a reply comes by here; most change nothing that a link could name.
    const isNews = transcript.order !== missedIn.order || transcript.settled !== missedIn.settled;
    const id = isNews ? selectLinkedId({ transcript }, link) : undefined;
    if (id !== undefined) {
      scroll.want(id);
      return unsubscribe();
    }
    missedIn = transcript;
    if (pages >= MOST_PAGES) return;
    const isReadable = connection.status === "ready" && history.status === "ready";
    if (isAsking || !isReadable || !history.hasOlder || history.loadingOlder) return;
    pages += 1;
    isAsking = true;
    void ask();
  };
  const ask = async () => {
    let isLost = false;
    try {
      await actions.loadOlder();
    } catch (error) {
      isLost = error instanceof ConnectionLostError;
      // The chat's notice tells why. What was lost with the connection is asked for over the next one.
      if (isWanted && !isLost) stop();
    }
    isAsking = false;
    if (isWanted && !isLost) fetchMore();
  };
  // A host may ask for the message and its session at once: the session is opened by now.
  queueMicrotask(() => {
    if (!isWanted) return;
    unsubscribe = store.subscribe(fetchMore);
    fetchMore();
  });
  return stop;
}
