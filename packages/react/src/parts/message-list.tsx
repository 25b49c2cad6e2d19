"use client";

import { useEffect, useRef, useState, type ReactElement, type RefObject } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";

import { useMessageIds, useSessionKey } from "../runtime/chat-hooks.ts";
import { changedAtStart } from "../scroll/scroll-decisions.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { MessageRow } from "./message-row.tsx";

/** Height of what stands above the rows, in CSS pixels; the style sheet's `.automna-thread-top` has the same. */
const THREAD_TOP_PX = 56;

export interface MessageListProps {
  readonly scrollRef: RefObject<HTMLElement | null>;
}

/** The rows of the thread; only those near the viewport are in the document. */
export function MessageList({ scrollRef }: MessageListProps): ReactElement | null {
  const ids = useMessageIds();
  const scroll = useThreadScroll();
  const session = useSessionKey();
  const shift = useChangedAtStart(ids);
  const shown = useRef<string | null>(null);
  const virtualizer = useRef<VirtualizerHandle>(null);

  useEffect(
    () =>
      scroll.revealBy((index, align) =>
        virtualizer.current?.scrollToIndex(index, {
          align,
          offset: align === "start" ? -THREAD_TOP_PX : 0,
        }),
      ),
    [scroll],
  );
  useEffect(() => {
    const fresh = shown.current !== session || ids.length === 0;
    shown.current = session;
    scroll.rows(ids, fresh);
  }, [ids, session, scroll]);

  if (ids.length === 0) return null;
  const row = (id: string, index: number) => <MessageRow key={id} id={id} previousId={ids[index - 1]} />;
  // Without sizes (a test in jsdom) nothing could be said to be out of sight.
  if (typeof ResizeObserver === "undefined") return <div>{ids.map(row)}</div>;
  return (
    <Virtualizer
      ref={virtualizer}
      data={ids}
      scrollRef={scrollRef}
      startMargin={THREAD_TOP_PX}
      shift={shift}
      onResize={() => scroll.settle()}
    >
      {row}
    </Virtualizer>
  );
}

/** Whether the rows that came with this render came at the beginning. */
function useChangedAtStart(ids: readonly string[]): boolean {
  const [seen, setSeen] = useState({ ids, shift: false });
  if (seen.ids === ids) return seen.shift;
  const next = { ids, shift: changedAtStart(seen.ids, ids) };
  setSeen(next);
  return next.shift;
}
