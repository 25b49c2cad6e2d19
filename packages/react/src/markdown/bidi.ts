const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes bidirectional embedding, override and isolate characters visible (`⟦U+202E⟧`) instead of
 * obeyed, so that code and link targets read in the order in which they are stored.
 * Source: CVE-2021-42574 ("Trojan Source").
 */
export function showBidiControls(text: string): string {
  return text.replace(CONTROLS, (control) => `⟦U+${control.charCodeAt(0).toString(16).toUpperCase()}⟧`);
}

const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** The direction of the first letter in these texts, as `dir="auto"` finds it; `undefined` without letters. */
export function directionOf(texts: readonly string[]): "ltr" | "rtl" | undefined {
  for (const text of texts) {
    const letter = FIRST_LETTER.exec(text)?.[0];
    if (letter !== undefined) return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
  }
  return undefined;
}
