const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes bidirectional embedding, override and isolate characters visible (`⟦U+202E⟧`) instead of
 * obeyed, so that code and link targets read in the order in which they are stored.
 * Source: CVE-2021-42574 ("Trojan Source").
 */
export function showBidiControls(text: string): string {
  return text.replace(CONTROLS, (control) => `⟦U+${control.charCodeAt(0).toString(16).toUpperCase()}⟧`);
}
