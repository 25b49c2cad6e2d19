// Whoever looks a function up wants to see it used: what the published packages export and what can be called has an
// example in its doc comment. A constant or a type says what it is in its comment alone.
import { type Surface, exportedValues } from "./api-surface.ts";

const DECLARATION = /^(?:export )?(?:declare )?(?:abstract )?(function|class|const) ([\w$]+)/;
/** The type of a constant that is called, or stands in JSX. */
const CALLED = /=>|\b(?:\w*ExoticComponent|FunctionComponent|FC|Provider)\b/;

/** The functions, classes and components that a surface exports without an example, one line each. */
export function exportsWithoutExample({ file, text }: Surface): string[] {
  const lines = text.split("\n");
  const exported = new Set(exportedValues(text));
  const shown = new Map<string, boolean>();
  for (const [index, line] of lines.entries()) {
    const [, kind, name] = DECLARATION.exec(line) ?? [];
    if (name === undefined || !exported.has(name)) continue;
    if (kind === "const" && !isCalled(lines, index)) continue;
    // Overloads follow their first declaration, which carries the comment.
    shown.set(name, shown.get(name) === true || commentAbove(lines, index).includes("@example"));
  }
  return [...shown].filter(([, isShown]) => !isShown).map(([name]) => `${file}: ${name} has no @example`);
}

/** Whether the constant declared there is a function or a component, by its type or by what that is short for. */
function isCalled(lines: readonly string[], index: number): boolean {
  const end = lines.findIndex((line, at) => at >= index && /^\S.*;$/.test(line));
  const declaration = lines.slice(index, end + 1).join("\n");
  const alias = /: (\w+);$/.exec(declaration)?.[1];
  return CALLED.test(declaration) || lines.some((line) => line.startsWith(`type ${alias} = (`));
}

function commentAbove(lines: readonly string[], index: number): string {
  if (!lines[index - 1]?.endsWith("*/")) return "";
  const start = lines.findLastIndex((line, at) => at < index && line.startsWith("/**"));
  return lines.slice(start, index).join("\n");
}
