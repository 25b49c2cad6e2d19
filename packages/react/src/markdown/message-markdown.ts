/** What a chat fetches to show replies. */
export { Markdown } from "./markdown.tsx";
export { prepareMarkdown } from "./prepare.ts";
