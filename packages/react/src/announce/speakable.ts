/** Longest reply that is read out by itself; the rest can be read in the transcript. */
export const SPOKEN_CHARS = 1_200;

/** Markdown without the signs that a screen reader would spell out. */
export function speakable(markdown: string): string {
  const text = markdown
    .replace(/^\s*(?:```|~~~).*$/gm, "")
    .replace(/!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, "$1")
    .replace(/^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+)/gm, "")
    .replace(/(\*\*|__|~~|`)/g, "")
    .replace(/^\s*\|?[\s:|-]{3,}\|?\s*$/gm, "")
    .replace(/\|/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length <= SPOKEN_CHARS ? text : `${text.slice(0, SPOKEN_CHARS)}…`;
}
