/** A text of which only some groups of blocks are in the document. */
export interface TextGroups {
  /** What each group says, as it was written. */
  sources(): readonly string[];
  /** What of the document shows a group. */
  elementsOf(group: number): readonly Element[];
  /** Has the groups around one rendered. `false`: it is in the document already. */
  goTo(group: number): boolean;
}

/**
 * Finds what is to be shown of a message. `null`: the message itself; `coming`: what is to be shown will be in the document,
 * and is looked for again then.
 */
export type LocateInMessage = (
  message: HTMLElement,
  groupsOf: (text: Element) => TextGroups | undefined,
) => Range | "coming" | null;
