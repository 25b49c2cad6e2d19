"use client";

import { createContext } from "react";

/** Groups of blocks that are in the document: from `start` up to, but without, `end`. */
export interface GroupRange {
  readonly start: number;
  readonly end: number;
}

/** Decides which groups of one long text are in the document. */
export interface TextWindow {
  readonly subscribe: (listener: () => void) => () => void;
  /** Another number when other groups are to be in the document. */
  readonly getVersion: () => number;
  /** Which of `count` groups to render now. */
  rangeFor(count: number): GroupRange;
  /** @param sources what every group says, as it was written */
  setSources(sources: () => readonly string[]): void;
  /** These groups are in the document now, as the last elements of `text`. */
  committed(text: HTMLElement, count: number, range: GroupRange): void;
  close(): void;
}

/** Gives a text its window; `null` where all of a text is in the document, as everywhere outside of a thread. */
export const TextWindowContext = createContext<(() => TextWindow) | null>(null);
