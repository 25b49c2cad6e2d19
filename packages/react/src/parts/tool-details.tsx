"use client";

import type { ToolCallPart } from "@automna/client";
import { useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { clip, formatArguments } from "./tool-text.ts";

/** The arguments and the result of a tool call. */
export function ToolDetails({ call }: { readonly call: ToolCallPart }): ReactElement {
  const { tool } = useStrings();
  const input = formatArguments(call.args);
  const result = call.result ?? "";
  return (
    <div className="automna-tool-details">
      {input !== "" && <ToolText label={tool.arguments} text={input} />}
      {result !== "" || call.state !== "running" ? (
        <ToolText label={tool.result} text={result === "" ? tool.noResult : result} />
      ) : null}
    </div>
  );
}

function ToolText({ label, text }: { readonly label: string; readonly text: string }): ReactElement {
  const { chat } = useStrings();
  const [whole, setWhole] = useState(false);
  const shown = whole ? { text, clipped: false } : clip(text);
  return (
    <section className="automna-tool-section">
      <p className="automna-tool-label">{label}</p>
      <pre className="automna-tool-text" dir="ltr" tabIndex={0} role="group" aria-label={label}>
        {shown.text}
      </pre>
      {shown.clipped && (
        <button type="button" className="automna-button" data-size="small" onClick={() => setWhole(true)}>
          {chat.showAll}
        </button>
      )}
    </section>
  );
}
