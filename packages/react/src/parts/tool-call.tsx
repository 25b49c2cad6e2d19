"use client";

import type { ToolCallPart } from "@automna/client";
import { useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { classNames } from "./class-names.ts";
import { Icon, type IconName } from "./icons.tsx";
import { ToolDetails } from "./deferred-parts.tsx";
import { previewCall } from "./tool-format.ts";

const ICONS: Record<ToolCallPart["state"], IconName> = { running: "tool", done: "check", error: "alert" };

/** What {@link ToolCall} shows. */
export interface ToolCallProps {
  /** A part of a message. */
  readonly call: ToolCallPart;
  /** Beside the part's own class. */
  readonly className?: string;
}

/**
 * One tool call: its name and state in a line; arguments and result on demand, and only then rendered. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { ToolCall, useMessage } from "@automna/react";
 *
 * function Tools({ id }: { id: string }) {
 *   return useMessage(id)?.parts.map((part) =>
 *     part.type === "tool-call" ? <ToolCall key={part.toolCallId} call={part} /> : null,
 *   );
 * }
 * ```
 */
export function ToolCall({ call, className }: ToolCallProps): ReactElement {
  const { tool } = useStrings();
  const [open, setOpen] = useState(false);
  const preview = previewCall(call);
  return (
    <details
      className={classNames("automna-fold automna-tool", className)}
      data-state={call.state}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="automna-fold-summary">
        <Icon name="chevron" />
        <span className="automna-tool-name" dir="ltr">
          {call.name}
        </span>
        {preview !== "" && (
          <span className="automna-tool-preview" dir="auto">
            {preview}
          </span>
        )}
        <span className="automna-tool-state">
          <Icon name={ICONS[call.state]} />
          <span>{tool[call.state]}</span>
        </span>
      </summary>
      {open && <ToolDetails call={call} />}
    </details>
  );
}
