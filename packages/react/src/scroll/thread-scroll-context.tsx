"use client";

import {
  createContext,
  useContext,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from "react";

import { TextWindowContext } from "../markdown/text-window.ts";
import { canMeasure } from "./can-measure.ts";
import type { ThreadScrollState } from "./shown-state.ts";
import { ThreadScroll } from "./thread-scroll.ts";

const ThreadScrollContext = createContext<ThreadScroll | null>(null);

/** Lets the parts around a thread (composer, jump button, search) move it. */
export function ThreadScrollProvider({ children }: { readonly children?: ReactNode }): ReactElement {
  const [scroll] = useState(() => new ThreadScroll());
  return (
    <ThreadScrollContext.Provider value={scroll}>
      <TextWindowContext.Provider value={canMeasure ? scroll.openText : null}>
        {children}
      </TextWindowContext.Provider>
    </ThreadScrollContext.Provider>
  );
}

/** The scroll position of the nearest thread; outside of a {@link ThreadScrollProvider} one that moves nothing. */
export function useThreadScroll(): ThreadScroll {
  const inherited = useContext(ThreadScrollContext);
  const [own] = useState(() => inherited ?? new ThreadScroll());
  return inherited ?? own;
}

/** One fact about the thread's scroll position. */
export function useThreadScrollState<T>(selector: (state: ThreadScrollState) => T): T {
  const scroll = useThreadScroll();
  return useSyncExternalStore(
    scroll.subscribe,
    () => selector(scroll.getState()),
    () => selector(scroll.getServerState()),
  );
}
