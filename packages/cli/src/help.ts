import type { FlagDescription } from "./arguments.ts";

export interface VariableDescription {
  readonly name: string;
  readonly about: string;
}

export interface ProgramDescription {
  /** After "Usage: ". */
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly FlagDescription[];
  readonly environment: readonly VariableDescription[];
}

/** What `--help` prints. */
export function helpText({ usage, about, flags, environment }: ProgramDescription): string {
  const flagWidth = width(flags);
  const variableWidth = width(environment);
  const lines = flags.map((flag) => `  --${flag.name.padEnd(flagWidth)}${flag.about} (${flag.default})`);
  const variables = environment.map(({ name, about }) => `  ${name.padEnd(variableWidth)}${about}`);
  return [`Usage: ${usage}`, "", about, "", ...lines, "", "Environment:", ...variables, ""].join("\n");
}

function width(named: readonly { readonly name: string }[]): number {
  return Math.max(0, ...named.map(({ name }) => name.length)) + 2;
}
