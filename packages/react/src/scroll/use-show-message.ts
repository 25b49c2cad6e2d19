"use client";

import { ConnectionLostError } from "@automna/client";
import { useEffect } from "react";

import { useChatRuntime } from "../runtime/provider.tsx";
import { useThreadScroll } from "./thread-scroll-context.tsx";

/** A link to something that is not there must not read a whole history. */
const MOST_PAGES = 20;

/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages of this
 * session are fetched, until one is refused.
 *
 * @param id `null`: nothing is asked for
 */
export function useShowMessage(id: string | null): void {
  const { store, actions } = useChatRuntime();
  const scroll = useThreadScroll();
  useEffect(() => {
    if (id === null) return undefined;
    let pages = 0;
    let sessionKey: string | null = null;
    let isAsking = false;
    let isWanted = true;
    let unsubscribe = () => {};
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
      if (transcript.order.includes(id) || pages >= MOST_PAGES) return unsubscribe();
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
      scroll.want(id);
      unsubscribe = store.subscribe(fetchMore);
      fetchMore();
    });
    return stop;
  }, [id, store, actions, scroll]);
}
