/** Longest reply that is read out by itself; the rest can be read in the transcript. */
export const SPOKEN_CHARS = 1_200;

const FENCE = /^(?:```|~~~)/;
/** The line under a table's head, or between two parts of a text. */
const RULE = /^[ :|-]{3,}$/;
const LEAD = /^(?:#{1,6} |> ?|[-*+] )/;
const LINK = /!?\[([^[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)?\)/g;
const SIGNS = /\*\*|__|~~|`/g;

/** Markdown without the signs that a screen reader would spell out. One pass: nobody knows what a reply looks like. */
export function speakable(markdown: string): string {
  const said: string[] = [];
  let length = 0;
  for (const line of markdown.split("\n")) {
    const text = speakableLine(collapse(line));
    if (text === "") continue;
    said.push(text);
    length += text.length + 1;
    if (length > SPOKEN_CHARS + 1) break;
  }
  const text = said.join(" ");
  return text.length <= SPOKEN_CHARS ? text : `${text.slice(0, SPOKEN_CHARS)}…`;
}

function speakableLine(line: string): string {
  if (FENCE.test(line) || RULE.test(line)) return "";
  const text = line.replace(LEAD, "").replace(LINK, "$1").replace(SIGNS, "").replaceAll("|", " ");
  return collapse(text);
}

function collapse(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
