"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { Strings } from "./strings.ts";

const LanguageContext = createContext<Strings | null>(null);

/** What every component below it says. The server chooses: only one language reaches the browser. */
export function LanguageProvider({ strings, children }: { strings: Strings; children: ReactNode }) {
  return <LanguageContext value={strings}>{children}</LanguageContext>;
}

export function useStrings(): Strings {
  const strings = useContext(LanguageContext);
  if (!strings) throw new Error("No LanguageProvider stands above this component.");
  return strings;
}
