"use client";

import type { Message } from "@automna/client";
import { useEffect, useState, type CSSProperties, type ReactElement } from "react";

import { MarkdownConfigProvider, type MarkdownConfig } from "../markdown/settings.ts";
import { MessageActions } from "./message-actions.tsx";
import { MessageParts } from "./message-parts.tsx";

const ignore = () => undefined;

/** Something of everything, but nothing that is fetched, and no word that anybody looks for on a page. */
const SAMPLE = `# Lorem \`ipsum\`

Dolor **sit** _amet_ ~~elit~~ [sed](https://example.com "do") <https://example.com> https://example.com, \\*, &amp;
<kbd>K</kbd>${"  "}
[tempor][lorem].

[lorem]: https://example.com

- lorem
- [ ] ipsum
  1. dolor

> amet

| lorem | ipsum |
| - | - |
| dolor | amet |

\`\`\`
const lorem = 1;
\`\`\`

Lorem
---
`;

/** Browsers compile what runs for the first time, and better what runs for the second. */
const ROLES: readonly Message["role"][] = ["user", "assistant", "user", "assistant"];

const MESSAGES: readonly Message[] = ROLES.map((role, index) => ({
  id: `rehearsed-${index}`,
  role,
  status: "complete",
  parts: [{ type: "text", text: SAMPLE }],
  createdAt: 0,
  stored: true,
}));

/**
 * Laid out, so that fonts and styles are there too; what is hidden so takes no focus either. Written here, because a host
 * may have a style sheet of its own.
 */
const UNSEEN: CSSProperties = {
  position: "absolute",
  insetInline: 0,
  blockSize: 0,
  overflow: "hidden",
  visibility: "hidden",
};

/** A host's own components may fetch what a text names, and are meant for texts that somebody wrote. */
const WITHOUT_HOST: MarkdownConfig = {};

let isOver = false;

/**
 * Rows that nobody sees, once in a page and only while it waits for its first history: the real rows find everything
 * compiled and every font looked up then, which is half of what their first appearance costs.
 */
export function Rehearsal(): ReactElement | null {
  const [isOn] = useState(() => !isOver);
  useEffect(() => {
    isOver = true;
  }, []);
  if (!isOn) return null;
  return (
    <div aria-hidden="true" style={UNSEEN}>
      <MarkdownConfigProvider value={WITHOUT_HOST}>
        {MESSAGES.map((message) => (
          <div key={message.id} className="automna-row">
            {/* No article: whoever counts messages does not count these. */}
            <div className="automna-message" data-role={message.role} data-status={message.status}>
              <div className="automna-message-body">
                <MessageParts message={message} />
              </div>
              <MessageActions message={message} onEdit={ignore} />
            </div>
          </div>
        ))}
      </MarkdownConfigProvider>
    </div>
  );
}
