// Name and character in turn. The whole HTML table would weigh more than the rest of the renderer.
const PAIRS =
  "amp & lt < gt > quot \" apos ' nbsp \u00a0 shy \u00ad cent ¢ pound £ yen ¥ euro € sect § para ¶ copy © reg ® trade ™ " +
  "laquo « raquo » deg ° plusmn ± sup2 ² sup3 ³ micro µ middot · bull • hellip … frac14 ¼ frac12 ½ frac34 ¾ times × " +
  "divide ÷ ndash – mdash — lsquo ‘ rsquo ’ ldquo “ rdquo ” dagger † prime ′ larr ← uarr ↑ rarr → darr ↓ harr ↔ " +
  "rArr ⇒ minus − infin ∞ asymp ≈ ne ≠ le ≤ ge ≥ sum ∑ radic √ isin ∈ alpha α beta β gamma γ delta δ Delta Δ " +
  "lambda λ mu μ pi π sigma σ omega ω Omega Ω check ✓ ensp \u2002 emsp \u2003 zwnj \u200c zwj \u200d";

const NAMED: ReadonlyMap<string, string> = new Map(
  PAIRS.split(/ (?=\w+ [^ ]+(?: |$))/).map((pair) => [
    pair.slice(0, pair.indexOf(" ")),
    pair.slice(pair.indexOf(" ") + 1),
  ]),
);

const WRITTEN = /\\([!-/:-@[-`{-~])|&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,8}));/g;

/**
 * Escaped characters and character references to characters, in one pass (`&amp;lt;` becomes `&lt;`). Rare names stay as
 * they were written.
 */
export function decodeText(text: string): string {
  if (!text.includes("&") && !text.includes("\\")) return text;
  return text.replace(WRITTEN, (whole, escaped?: string, decimal?: string, hex?: string, name?: string) => {
    if (escaped !== undefined) return escaped;
    if (name !== undefined) return NAMED.get(name) ?? whole;
    return fromCodePoint(
      decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10),
    );
  });
}

function fromCodePoint(code: number): string {
  const invalid = !(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff);
  return invalid ? "\ufffd" : String.fromCodePoint(code);
}
