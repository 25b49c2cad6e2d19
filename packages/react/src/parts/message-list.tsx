"use client";

import { useRef, useSyncExternalStore, type ReactElement } from "react";

import { useBeforePaint } from "../runtime/before-paint.ts";
import { useMessageIds, useSessionKey } from "../runtime/chat-hooks.ts";
import { canMeasure } from "../scroll/can-measure.ts";
import type { RowRange } from "../scroll/row-range.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { MessageRow } from "./message-row.tsx";

/** The rows of the thread; only those near the viewport are in the document. */
export function MessageList(): ReactElement | null {
  const ids = useMessageIds();
  const session = useSessionKey();
  const scroll = useThreadScroll();
  const shown = useRef<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  useSyncExternalStore(scroll.onRange, scroll.getRange, scroll.getRange);
  const { start, end }: RowRange = canMeasure ? scroll.rangeFor(ids) : { start: 0, end: ids.length };

  useBeforePaint(() => {
    if (!list.current) return;
    const fresh = shown.current !== session || ids.length === 0;
    shown.current = session;
    scroll.rows(list.current, ids, { start, end }, fresh);
  }, [scroll, session, ids, start, end]);

  if (ids.length === 0) return null;
  const away = scroll.awayFrom({ start, end }, ids);
  const rows = Array.from({ length: end - start }, (_, index) => start + index);
  // In the order of the thread, so that React moves no element: one that is moved loses the focus.
  if (away) rows.splice(away.index < start ? 0 : rows.length, 0, away.index);
  return (
    <div ref={list} className="automna-rows">
      <div aria-hidden="true" />
      {rows.map((index) => {
        const id = ids[index] ?? "";
        const awayAt = away?.index === index ? away.top : undefined;
        return <MessageRow key={id} id={id} previousId={ids[index - 1]} awayAt={awayAt} />;
      })}
      <div aria-hidden="true" />
    </div>
  );
}
