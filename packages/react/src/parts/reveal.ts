const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}]|(?![\t\n])\p{Cc}/gu;

/** Names every sign that nobody sees, or that changes how others are seen (`⟦U+202E⟧`): what is approved is what is read. */
export function reveal(text: string): string {
  return text.replace(
    UNSEEN,
    (sign) => `⟦U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`,
  );
}
