/** The words that the markdown parts show or announce. A catalogue passes them in; English is the default. */
export interface MarkdownLabels {
  /** Button of a code block. */
  readonly copy: string;
  /** The same button after it worked. */
  readonly copied: string;
  /** The same button after the browser refused. */
  readonly copyFailed: string;
  /** Accessible name of a code block; the language follows it. */
  readonly codeBlock: string;
  /** Accessible name of a table's scroll area. */
  readonly table: string;
  /** Before the alternative text of an image that is not fetched. */
  readonly image: string;
  /** Tooltip of a link whose address may not be followed. */
  readonly blockedLink: string;
  /** Accessible name of a ticked task. */
  readonly taskDone: string;
  /** Accessible name of an open task. */
  readonly taskOpen: string;
  /** Alternative text of a rendered diagram. */
  readonly diagram: string;
  /** Opens the source of a diagram. */
  readonly diagramSource: string;
}

/** The labels in English, the default. */
export const ENGLISH_LABELS: MarkdownLabels = {
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Copy failed",
  codeBlock: "Code",
  table: "Table",
  image: "Image",
  blockedLink: "This address cannot be opened from here",
  taskDone: "Done",
  taskOpen: "Not done",
  diagram: "Diagram",
  diagramSource: "Source",
};
