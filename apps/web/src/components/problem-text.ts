import type { Strings } from "../i18n/strings.ts";

/**
 * What the server says, in the page's language: by its code, which is stable, where the page knows that; else as the
 * server says it, in English.
 */
export function problemText(
  { code, detail }: { readonly code: string; readonly detail: string },
  { problem, locale }: Pick<Strings, "problem" | "locale">,
): string {
  // In its own language the server says more than a code can.
  if (locale === "en") return detail;
  const known: Readonly<Record<string, string>> = problem;
  return Object.hasOwn(problem, code) ? (known[code] ?? detail) : detail;
}
