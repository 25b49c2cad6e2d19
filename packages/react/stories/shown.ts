const HOMES: readonly (readonly [file: string, home: string])[] = [
  ["../../src/assistant-ui/index.ts", "@automna/react/assistant-ui"],
  ["../../src/index.ts", "@automna/react"],
];

/** An example as its reader would write it. */
export function shown(source: string): string {
  return HOMES.reduce((text, [file, home]) => text.replaceAll(`"${file}"`, `"${home}"`), source);
}
