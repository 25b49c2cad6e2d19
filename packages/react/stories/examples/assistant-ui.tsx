import {
  AssistantRuntimeProvider,
  AttachmentPrimitive,
  AuiIf,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadListItemPrimitive,
  ThreadListPrimitive,
  ThreadPrimitive,
  useAuiState,
} from "@assistant-ui/react";
import type { ReactElement } from "react";

import { useAssistantUiRuntime } from "../../src/assistant-ui/index.ts";
import type { ChatRuntime } from "../../src/index.ts";

function Picture({ image, filename }: { readonly image: string; readonly filename?: string }): ReactElement {
  return <img src={image} alt={filename ?? "Picture"} height={80} />;
}

function Row(): ReactElement {
  return (
    <MessagePrimitive.Root>
      <MessagePrimitive.Parts components={{ Image: Picture }} />
      <MessagePrimitive.Attachments components={{ Attachment: AttachmentPrimitive.Name }} />
    </MessagePrimitive.Root>
  );
}

/** A chosen file, and why it cannot be sent. */
function File(): ReactElement {
  const problem = useAuiState(({ attachment: { status } }) =>
    status.type === "incomplete" && status.message !== undefined ? status.message : null,
  );
  return (
    <AttachmentPrimitive.Root>
      <AttachmentPrimitive.Name /> {problem !== null && <em role="alert">{problem}</em>}
      <AttachmentPrimitive.Remove>Remove</AttachmentPrimitive.Remove>
    </AttachmentPrimitive.Root>
  );
}

function Session(): ReactElement {
  return (
    <ThreadListItemPrimitive.Root>
      <ThreadListItemPrimitive.Trigger>
        <ThreadListItemPrimitive.Title fallback="Session" />
      </ThreadListItemPrimitive.Trigger>
      <AuiIf condition={({ threadListItem }) => threadListItem.custom?.["canDelete"] === true}>
        <ThreadListItemPrimitive.Delete>Delete</ThreadListItemPrimitive.Delete>
      </AuiIf>
    </ThreadListItemPrimitive.Root>
  );
}

/** assistant-ui's own parts on these gateways. */
export function AssistantUiChat({ chat }: { readonly chat: ChatRuntime }): ReactElement {
  return (
    <AssistantRuntimeProvider runtime={useAssistantUiRuntime(chat)}>
      <ThreadListPrimitive.Root>
        <ThreadListPrimitive.Items components={{ ThreadListItem: Session }} />
      </ThreadListPrimitive.Root>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages components={{ Message: Row }} />
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Attachments components={{ Attachment: File }} />
          <ComposerPrimitive.AddAttachment>Attach</ComposerPrimitive.AddAttachment>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}
