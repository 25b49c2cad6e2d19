"use client";

import { createContext, useContext, type ReactElement, type ReactNode } from "react";

import { en } from "./en.ts";
import type { Strings } from "./strings.ts";

const LanguageContext = createContext<Strings>(en);

/** The catalogue that everything inside of {@link LanguageProvider} speaks. */
export interface LanguageProviderProps {
  /** A language of `@automna/react/i18n`, or one of your own. */
  readonly strings: Strings;
  /** What speaks this language. */
  readonly children?: ReactNode;
}

/**
 * The language of every part below it. English needs none.
 *
 * @example
 * ```tsx
 * import { de } from "@automna/react/i18n";
 *
 * <LanguageProvider strings={de}><AutomnaChat gatewayUrl={url} authToken={token} /></LanguageProvider>;
 * ```
 */
export function LanguageProvider({ strings, children }: LanguageProviderProps): ReactElement {
  return <LanguageContext.Provider value={strings}>{children}</LanguageContext.Provider>;
}

/**
 * The strings in force here: those of the nearest {@link LanguageProvider}, or English.
 *
 * @example
 * ```tsx
 * import { useStrings } from "@automna/react";
 *
 * function Heading() {
 *   const { chat, direction } = useStrings();
 *   return <h2 dir={direction}>{chat.conversation}</h2>;
 * }
 * ```
 */
export function useStrings(): Strings {
  return useContext(LanguageContext);
}
