"use client";

import { useContext, useEffect } from "react";

import { ReportContext } from "../parts/error-boundary.tsx";
import { useChatRuntime } from "../runtime/provider.tsx";
import type { showMessage } from "./show-message.ts";
import { useThreadScroll } from "./thread-scroll-context.tsx";

let part: typeof showMessage | null = null;

/** Only a link to a message needs it. */
export async function loadShowMessage(): Promise<void> {
  part ??= (await import("./show-message.ts")).showMessage;
}

/**
 * Brings a message into sight and moves the focus to it. While it is not among the loaded rows, earlier pages of this
 * session are fetched, until one is refused.
 *
 * @param id or what `linkIdOf` named it by; `null`: nothing is asked for
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Thread, useShowMessage } from "@automna/react";
 *
 * function Linked({ messageId }: { messageId: string | null }) {
 *   useShowMessage(messageId);
 *   return <Thread />;
 * }
 * ```
 */
export function useShowMessage(id: string | null): void {
  const { store, actions } = useChatRuntime();
  const scroll = useThreadScroll();
  const report = useContext(ReportContext);
  useEffect(() => {
    if (id === null) return undefined;
    let stop = () => {};
    let isWanted = true;
    const show = () => {
      if (isWanted && part) stop = part(id, { store, actions, scroll });
    };
    if (part) show();
    else loadShowMessage().then(show, report);
    return () => {
      isWanted = false;
      stop();
    };
  }, [id, store, actions, scroll, report]);
}
