"use client";

import type { Message, MessagePart } from "@automna/client";
import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { ImageView } from "./deferred-parts.tsx";
import { FileView } from "./file-view.tsx";
import { MessageText } from "./message-text.tsx";
import { Reasoning } from "./reasoning.tsx";
import { ToolCall } from "./tool-call.tsx";

/** What a message is made of, in reading order. */
export function MessageParts({ message }: { readonly message: Message }): ReactElement {
  const streaming = message.status === "streaming";
  const last = message.parts.length - 1;
  return (
    <>
      {message.parts.map((part, index) => (
        <PartView
          // Parts are only ever appended, and a part never becomes one of another kind.
          key={part.type === "tool-call" ? part.toolCallId : `${part.type}-${index}`}
          part={part}
          role={message.role}
          active={streaming && index === last}
        />
      ))}
    </>
  );
}

interface PartViewProps {
  readonly part: MessagePart;
  readonly role: Message["role"];
  readonly active: boolean;
}

function PartView({ part, role, active }: PartViewProps): ReactElement | null {
  switch (part.type) {
    case "text":
      return (
        <MessageText text={part.text} streaming={active} format={role === "user" ? "plain" : "markdown"} />
      );
    case "reasoning":
      return <Reasoning text={part.text} active={active} />;
    case "tool-call":
      return <ToolCall call={part} />;
    case "image":
      return <ImageView image={part} />;
    case "file":
      return <FileView fileName={part.fileName} mimeType={part.mimeType} />;
    case "boundary":
      return <Boundary kind={part.kind} text={part.text} />;
  }
}

function Boundary({
  kind,
  text,
}: {
  readonly kind: "compaction" | "reset" | "notice";
  readonly text: string;
}): ReactElement {
  const { message } = useStrings();
  return (
    <p className="automna-separator" data-kind={kind}>
      <span>{kind === "notice" ? text : message[kind]}</span>
    </p>
  );
}
