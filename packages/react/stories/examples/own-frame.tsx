import type { ReactElement } from "react";

import {
  Announcer,
  ChatProvider,
  Composer,
  ConnectionBanner,
  JumpToLatest,
  Thread,
  ThreadScrollProvider,
  type ChatRuntime,
} from "../../src/index.ts";

/** The styled parts in a frame of your own: a reply is read aloud, the thread follows it, and nothing else is here. */
export function SupportDesk({ runtime }: { readonly runtime: ChatRuntime }): ReactElement {
  return (
    <ChatProvider runtime={runtime}>
      <ThreadScrollProvider>
        <section className="automna-chat" aria-label="Support desk">
          <ConnectionBanner />
          <Thread empty={<p>Ask us anything about the harbour.</p>} />
          <JumpToLatest />
          <Composer />
          <Announcer />
        </section>
      </ThreadScrollProvider>
    </ChatProvider>
  );
}
