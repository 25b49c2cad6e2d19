"use client";

import { useEffect } from "react";

import { useChatRuntime } from "../runtime/provider.tsx";
import { useThreadScroll } from "./thread-scroll-context.tsx";

/** A link to something that is not there must not read a whole history. */
const MOST_PAGES = 20;

/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages are fetched.
 *
 * @param id `null`: nothing is asked for
 */
export function useShowMessage(id: string | null): void {
  const { store, actions } = useChatRuntime();
  const scroll = useThreadScroll();
  useEffect(() => {
    if (id === null) return undefined;
    scroll.want(id);
    let pages = 0;
    let unsubscribe = () => {};
    const fetchMore = () => {
      const { transcript, history } = store.getState();
      if (transcript.order.includes(id) || pages >= MOST_PAGES) return unsubscribe();
      if (history.status !== "ready" || !history.hasOlder || history.loadingOlder) return undefined;
      pages += 1;
      return void actions.loadOlder();
    };
    unsubscribe = store.subscribe(fetchMore);
    fetchMore();
    return () => {
      unsubscribe();
      scroll.want(null);
    };
  }, [id, store, actions, scroll]);
}
