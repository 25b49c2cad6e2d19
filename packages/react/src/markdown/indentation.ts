const TAB_STOP = 4;

/** A line as a container sees it: without the container's marks, and with the column where it begins, since tabs have stops. */
export interface Line {
  readonly text: string;
  readonly column: number;
  /** How far in its first character is. */
  readonly indent: number;
  /** From its first character on; empty in a blank line. */
  readonly rest: string;
}

/** Looks at the white space at the beginning of a line. */
export function lineAt(text: string, column: number): Line {
  let at = column;
  for (let index = 0; ; index += 1) {
    const character = text[index];
    if (character === " ") at += 1;
    else if (character === "\t") at += TAB_STOP - (at % TAB_STOP);
    else return { text, column, indent: at - column, rest: index === 0 ? text : text.slice(index) };
  }
}

/** A line without its first `count` columns of white space. Spaces stand for what is left of a tab. */
export function dropColumns(text: string, column: number, count: number): string {
  const end = column + count;
  let [at, index] = [column, 0];
  for (; at < end; index += 1) {
    const character = text[index];
    if (character === " ") at += 1;
    else if (character === "\t") at += TAB_STOP - (at % TAB_STOP);
    else break;
  }
  return " ".repeat(Math.max(0, at - end)) + text.slice(index);
}
