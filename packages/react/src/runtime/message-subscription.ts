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
}

/** Characters from which on a message is a long one. */
const LONG_CHARS = 4_000;

function isLong({ parts }: Message): boolean {
  return parts.some((part) => part.type === "text" && part.text.length > LONG_CHARS);
}

/**
 * Follows one message. While it streams, changes are told at most once a frame, and less often for a long text, however
 * many deltas arrive; what ends the streaming is told at once.
 */
export function messageSubscription(
  store: Pick<ChatStore, "getState" | "subscribe">,
  id: string,
  pace: StreamPace,
): MessageSubscription {
  let shown = selectMessage(store.getState(), id);
  return {
    getSnapshot: () => shown,
    subscribe(onChange) {
      let cancel: (() => void) | null = null;
      const tell = () => {
        cancel?.();
        cancel = null;
        const next = selectMessage(store.getState(), id);
        if (next === shown) return;
        shown = next;
        onChange();
      };
      const unsubscribe = store.subscribe((state) => {
        const next = selectMessage(state, id);
        if (next === shown) return;
        if (next?.status !== "streaming" || shown?.status !== "streaming") tell();
        else cancel ??= (isLong(next) ? pace.long : pace.short)(tell);
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
