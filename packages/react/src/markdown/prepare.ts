import { lexDocument } from "./block-lexer.ts";
import { lexInline } from "./dialect.ts";
import { NO_DEFINITIONS } from "./link-definitions.ts";
import { GFM } from "./syntax.ts";

/** Something of everything. */
const SAMPLE = `# A heading with \`code\`

A paragraph, **bold**, _light_, ~~gone~~, [a link](https://example.com "title"), ![a picture](https://example.com/a.png),
<https://example.com>, https://example.com, \\*, &amp; and <kbd>K</kbd>  
[a reference][one].

[one]: https://example.com

- one
- [ ] two
  1. three

> said

| a | b |
| - | - |
| 1 | 2 |

\`\`\`ts
const one = 1;
\`\`\`

Title
---
`;

/** Browsers compile a regular expression when it is first used, and again when it is used often. */
const TIMES = 3;

/**
 * Reads a small text, so that the first message finds everything compiled: in a browser that has just loaded the page that
 * is half of what its first markdown costs.
 *
 * @example
 * ```ts
 * requestIdleCallback(prepareMarkdown);
 * ```
 */
export function prepareMarkdown(): void {
  for (let time = 0; time < TIMES; time += 1) {
    lexDocument(SAMPLE, { streaming: time === 0, syntax: GFM });
    lexInline(SAMPLE, NO_DEFINITIONS, GFM);
  }
}
