import { selectMessage, type ChatStore, type Message } from "@automna/client";

import type { FrameSchedule } from "./frame-schedule.ts";

/** What `useSyncExternalStore` needs to follow one message. */
export interface MessageSubscription {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly getSnapshot: () => Message | undefined;
}

/** When to tell of text that came to a message. */
export interface StreamPace {
  readonly short: FrameSchedule;
  readonly long: FrameSchedule;
  /** For text that comes faster than anybody reads. */
  readonly fast: FrameSchedule;
}

/** Characters from which on a message is a long one. */
const LONG_CHARS = 4_000;
/** Characters that came between two tellings, from which on nobody has read them by the next one. */
const FAST_CHARS = 200;

function lengthOf(message: Message | undefined): number {
  let length = 0;
  for (const part of message?.parts ?? []) if (part.type === "text") length += part.text.length;
  return length;
}

/**
 * Follows one message. While it streams, changes are told at most once a frame, less often for a long text, and least often
 * for a fast one, however many deltas arrive; what ends the streaming is told at once.
 */
export function messageSubscription(
  store: Pick<ChatStore, "getState" | "subscribe">,
  id: string,
  pace: StreamPace,
): MessageSubscription {
  let shown = selectMessage(store.getState(), id);
  let grown = 0;
  const paceOf = (message: Message): FrameSchedule => {
    if (grown > FAST_CHARS) return pace.fast;
    return lengthOf(message) > LONG_CHARS ? pace.long : pace.short;
  };
  return {
    getSnapshot: () => shown,
    subscribe(onChange) {
      let cancel: (() => void) | null = null;
      const tell = () => {
        cancel?.();
        cancel = null;
        const next = selectMessage(store.getState(), id);
        if (next === shown) return;
        grown = lengthOf(next) - lengthOf(shown);
        shown = next;
        onChange();
      };
      const unsubscribe = store.subscribe((state) => {
        const next = selectMessage(state, id);
        if (next === shown) return;
        if (next?.status !== "streaming" || shown?.status !== "streaming") tell();
        else cancel ??= paceOf(next)(tell);
      });
      tell();
      return () => {
        unsubscribe();
        cancel?.();
        cancel = null;
      };
    },
  };
}
