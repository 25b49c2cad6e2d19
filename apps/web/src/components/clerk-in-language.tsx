"use client";

import { ClerkProvider } from "@clerk/nextjs";
import { type ComponentProps, useEffect, useState } from "react";

type Words = ComponentProps<typeof ClerkProvider>["localization"];

/** Clerk's own words, of which a page loads one language at most: its forms are in English by themselves. */
const WORDS: Readonly<Record<string, () => Promise<Words>>> = {
  de: async () => (await import("@clerk/localizations/de-DE")).deDE,
  es: async () => (await import("@clerk/localizations/es-ES")).esES,
  zh: async () => (await import("@clerk/localizations/zh-CN")).zhCN,
  ar: async () => (await import("@clerk/localizations/ar-SA")).arSA,
};

/** Clerk, in the language of the page around it. */
export function ClerkInLanguage({
  language,
  children,
  ...rest
}: ComponentProps<typeof ClerkProvider> & { readonly language: string }) {
  const [words, setWords] = useState<Words>();
  useEffect(() => {
    let isHere = true;
    // Without them the forms stay English, and work all the same.
    WORDS[language]?.().then(
      (loaded) => isHere && setWords(loaded),
      () => undefined,
    );
    return () => {
      isHere = false;
    };
  }, [language]);
  return (
    <ClerkProvider {...rest} {...(words ? { localization: words } : {})}>
      {children}
    </ClerkProvider>
  );
}
