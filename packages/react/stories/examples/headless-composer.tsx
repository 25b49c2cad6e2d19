import type { ReactElement } from "react";

import { ChatProvider, useComposer, useMessageIds, type ChatRuntime } from "../../src/index.ts";

/** Everything a composer needs, without its looks: drafts, files, refusals, sending and stopping. */
function TinyComposer(): ReactElement {
  const composer = useComposer();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        composer.send();
      }}
    >
      <input
        aria-label="Message"
        value={composer.text}
        onChange={(event) => composer.setText(event.target.value)}
      />
      {composer.isRunning ? (
        <button type="button" onClick={composer.stop}>
          Stop
        </button>
      ) : (
        <button type="submit" disabled={!composer.canSend}>
          Send
        </button>
      )}
      {composer.problems.map((problem) => (
        <p key={problem} role="alert">
          {problem}
        </p>
      ))}
    </form>
  );
}

function Count(): ReactElement {
  return <p role="status">{useMessageIds().length} messages</p>;
}

export function HeadlessChat({ runtime }: { readonly runtime: ChatRuntime }): ReactElement {
  return (
    <ChatProvider runtime={runtime}>
      <Count />
      <TinyComposer />
    </ChatProvider>
  );
}
