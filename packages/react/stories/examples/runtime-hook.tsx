import { messageText } from "@automna/client";
import type { ReactElement } from "react";

import {
  ChatProvider,
  useClawdbotRuntime,
  useConnection,
  useMessage,
  useMessageIds,
  type ClawdbotRuntimeOptions,
} from "../../src/index.ts";

/** A chat of your own: the hook connects, each piece subscribes to what it shows. */
export function OwnChat(options: ClawdbotRuntimeOptions): ReactElement {
  const chat = useClawdbotRuntime(options);
  return (
    <ChatProvider runtime={chat}>
      <Status />
      <Rows />
      <button type="button" onClick={() => chat.actions.send("Hello")}>
        Say hello
      </button>
    </ChatProvider>
  );
}

function Status(): ReactElement {
  return <p role="status">{useConnection().status}</p>;
}

function Rows(): ReactElement {
  return (
    <ol>
      {useMessageIds().map((id) => (
        <Row key={id} id={id} />
      ))}
    </ol>
  );
}

function Row({ id }: { readonly id: string }): ReactElement | null {
  const message = useMessage(id);
  return message === undefined ? null : (
    <li>
      {message.role}: {messageText(message)}
    </li>
  );
}
