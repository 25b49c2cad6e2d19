/** A value as a message shows it. */
export const shown = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? null);
