import { selectMessages, type ChatState, type ChatStore, type Message } from "@automna/client";

import type { FrameSchedule } from "../runtime/frame-schedule.ts";

/** All messages for a reader that needs the whole array, made anew at most once a frame while a reply streams. */
export interface MessageSnapshots {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly getSnapshot: () => readonly Message[];
}

export function messageSnapshots(
  store: Pick<ChatStore, "getState" | "subscribe">,
  schedule: FrameSchedule,
): MessageSnapshots {
  let seen: ChatState["transcript"] = store.getState().transcript;
  let shown: readonly Message[] = selectMessages(store.getState());
  return {
    getSnapshot: () => shown,
    subscribe(onChange) {
      let cancel: (() => void) | null = null;
      const tell = () => {
        cancel?.();
        cancel = null;
        const state = store.getState();
        if (state.transcript === seen) return;
        seen = state.transcript;
        shown = selectMessages(state);
        onChange();
      };
      const unsubscribe = store.subscribe(({ transcript }) => {
        if (transcript === seen) return;
        const onlyLive = transcript.order === seen.order && transcript.settled === seen.settled;
        if (onlyLive) cancel ??= schedule(tell);
        else tell();
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
