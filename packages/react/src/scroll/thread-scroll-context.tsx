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
import { ChatPlaceContext } from "../runtime/provider.tsx";
import { canMeasure } from "./can-measure.ts";
import type { ThreadScrollState } from "./shown-state.ts";
import { ThreadScroll } from "./thread-scroll.ts";

const ThreadScrollContext = createContext<ThreadScroll | null>(null);

/** Whose scroll position is shared. */
export interface ThreadScrollProviderProps {
  /** Default: a new one. */
  readonly scroll?: ThreadScroll;
  /** One thread with its composer, jump button and search. */
  readonly children?: ReactNode;
}

const ownScrolls = new WeakMap<object, ThreadScroll>();

function scrollOf(place: object): ThreadScroll {
  const scroll = ownScrolls.get(place) ?? new ThreadScroll();
  ownScrolls.set(place, scroll);
  return scroll;
}

/**
 * Lets the parts around a thread (composer, jump button, search) move it. Needed where one `ChatProvider` has several
 * threads: the parts of one outside of it share one scroll position.
 *
 * @example
 * ```tsx
 * import { ChatProvider, Composer, Thread, ThreadScrollProvider } from "@automna/react";
 * import type { ChatRuntime } from "@automna/react";
 *
 * const TwoViews = ({ runtime }: { runtime: ChatRuntime }) => (
 *   <ChatProvider runtime={runtime}>
 *     <ThreadScrollProvider><Thread /><Composer /></ThreadScrollProvider>
 *     <ThreadScrollProvider><Thread aria-label="Overview" /></ThreadScrollProvider>
 *   </ChatProvider>
 * );
 * ```
 */
export function ThreadScrollProvider({ scroll, children }: ThreadScrollProviderProps): ReactElement {
  const [own] = useState(() => scroll ?? new ThreadScroll());
  const shared = scroll ?? own;
  return (
    <ThreadScrollContext.Provider value={shared}>
      <TextWindowContext.Provider value={canMeasure ? shared.openText : null}>
        {children}
      </TextWindowContext.Provider>
    </ThreadScrollContext.Provider>
  );
}

/**
 * The scroll position of the nearest {@link ThreadScrollProvider}, or of the nearest {@link ChatProvider}; outside of both one that
 * moves nothing.
 *
 * @example
 * ```tsx
 * import { useThreadScroll } from "@automna/react";
 *
 * function ToTheBeginning() {
 *   const scroll = useThreadScroll();
 *   return <button onClick={() => scroll.toStart()}>To the beginning</button>;
 * }
 * ```
 */
export function useThreadScroll(): ThreadScroll {
  const inherited = useContext(ThreadScrollContext);
  const place = useContext(ChatPlaceContext);
  const [own] = useState(() => ({}));
  return inherited ?? scrollOf(place ?? own);
}

/**
 * One fact about the thread's scroll position. The component renders again only when the selected value is another one.
 *
 * @example
 * ```tsx
 * import { useThreadScrollState } from "@automna/react";
 *
 * function Reading() {
 *   const atEnd = useThreadScrollState((state) => state.atEnd);
 *   return atEnd ? null : <p>You are reading earlier messages.</p>;
 * }
 * ```
 */
export function useThreadScrollState<T>(selector: (state: ThreadScrollState) => T): T {
  const scroll = useThreadScroll();
  return useSyncExternalStore(
    scroll.subscribe,
    () => selector(scroll.getState()),
    () => selector(scroll.getServerState()),
  );
}
