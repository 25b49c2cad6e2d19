const MARK = "automna-match";

/** Marks a place of the page, and no other one; `null`: none. Browsers without the CSS Custom Highlight API mark nothing. */
export function mark(place: Range | null): void {
  if (typeof Highlight === "undefined") return;
  if (place) CSS.highlights.set(MARK, new Highlight(place));
  else CSS.highlights.delete(MARK);
}
