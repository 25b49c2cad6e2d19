import type { SyntaxMatch, SyntaxRule } from "../syntax.ts";

/** `$$…$$` and `\[…\]` as blocks. TeX forbids blank lines in them, which keeps finished blocks finished. */
export const mathBlock: SyntaxRule = {
  name: "math",
  find(text) {
    const found = /\n {0,3}(?:\$\$|\\\[)/.exec(text);
    return found ? found.index + 1 : -1;
  },
  match(text) {
    const found = /^ {0,3}(?:\$\$([^]+?)\$\$|\\\[([^]+?)\\\])[ \t]*(?:\n|$)/.exec(text);
    return found && toMatch(found[0], found[1] ?? found[2] ?? "", true);
  },
};

/** `\(…\)`, `\[…\]`, `$$…$$` and, unless it reads like two prices, `$…$` in running text. */
export function mathInline(singleDollar: boolean): SyntaxRule {
  const start = singleDollar ? /\$|\\[([]/ : /\$\$|\\[([]/;
  return {
    name: "math",
    find: (text) => text.search(start),
    match(text) {
      const display = /^(?:\$\$([^]+?)\$\$|\\\[([^]+?)\\\])/.exec(text);
      if (display) return toMatch(display[0], display[1] ?? display[2] ?? "", true);
      const inline = /^\\\(([^]+?)\\\)/.exec(text);
      if (inline) return toMatch(inline[0], inline[1] ?? "", false);
      // Pandoc's rule: no space inside of the dollars, no digit after the closing one.
      const dollars = singleDollar
        ? /^\$(?![\s$])((?:\\[^]|[^\\$])*(?:\\[^]|[^\\$\s]))\$(?![\d$])/.exec(text)
        : null;
      return dollars && toMatch(dollars[0], dollars[1] ?? "", false);
    },
  };
}

function toMatch(raw: string, tex: string, display: boolean): SyntaxMatch | null {
  return tex.trim() === "" ? null : { raw, text: tex.trim(), display };
}
