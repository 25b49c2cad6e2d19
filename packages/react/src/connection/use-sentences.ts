"use client";

import type { ConnectionState } from "@automna/client";
import { useEffect, useState } from "react";

/** Says a sentence about a connection; `""` where there is nothing to say or the words are not here yet. */
export type SayConnection = (state: ConnectionState) => string;

let known: SayConnection | null = null;

/** Fetches the sentences. A failed fetch is tried again by the next call. */
export async function loadSentences(): Promise<void> {
  known ??= (await import("./sentences.ts")).connectionSentence;
}

const silent = () => "";

/** The client's own sentences, fetched when they are `wanted`. */
export function useSentences(wanted: boolean): SayConnection {
  const [say, setSay] = useState(() => known);
  useEffect(() => {
    if (!wanted || say) return undefined;
    let current = true;
    loadSentences().then(
      () => current && setSay(() => known),
      // The titles say the most important.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wanted, say]);
  return say ?? silent;
}
