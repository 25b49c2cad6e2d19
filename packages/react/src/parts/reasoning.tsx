"use client";

import { useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";

/** What {@link Reasoning} shows. */
export interface ReasoningProps {
  /** Shown as it is, not as markdown. */
  readonly text: string;
  /** It is being written now. */
  readonly active: boolean;
  /** Open when it appears. Default `false`. */
  readonly defaultOpen?: boolean;
}

/**
 * The model's thinking, closed until somebody wants to read it. What is closed is not rendered. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { Reasoning, useMessage } from "@automna/react";
 *
 * function Thoughts({ id }: { id: string }) {
 *   const message = useMessage(id);
 *   const active = message?.status === "streaming";
 *   return message?.parts.map((part, index) =>
 *     part.type === "reasoning" ? <Reasoning key={index} text={part.text} active={active} /> : null,
 *   );
 * }
 * ```
 */
export function Reasoning({ text, active, defaultOpen = false }: ReasoningProps): ReactElement {
  const { reasoning } = useStrings();
  const [open, setOpen] = useState(defaultOpen);
  return (
    <details
      className="automna-fold automna-reasoning"
      data-active={active || undefined}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="automna-fold-summary">
        <Icon name="chevron" />
        <span className="automna-fold-title">{active ? reasoning.active : reasoning.done}</span>
      </summary>
      {open && (
        <p className="automna-reasoning-text" dir="auto">
          {text}
        </p>
      )}
    </details>
  );
}
