import { GatewayConfigError } from "../gateway-config.ts";

const QUOTES = ["'", '"', "`"] as const;

/**
 * The text of a file for `node --env-file`.
 *
 * Throws {@link GatewayConfigError} for a value that no such file can hold.
 */
export function envFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join("");
}

/** Between double quotes `\n` would become a line break. */
function quoted(name: string, value: string): string {
  const quote = QUOTES.find(
    (candidate) => !value.includes(candidate) && !(candidate === '"' && value.includes("\\")),
  );
  if (quote === undefined || value.includes("\n") || value.includes("\r")) {
    throw new GatewayConfigError(
      "unwritable-value",
      `The value of ${name} has a line break or all three kinds of quotes. Use another one.`,
    );
  }
  return `${quote}${value}${quote}`;
}
