export type FlagKind = "text" | "number" | "duration" | "boolean";

/** One flag of a program. `--help` and the documentation are made of these. */
export interface FlagDescription {
  readonly name: string;
  readonly kind: FlagKind;
  /** As the documentation prints it. */
  readonly default: string;
  readonly about: string;
}

export interface Arguments {
  /** What was written for each flag that was given. */
  readonly given: ReadonlyMap<string, string>;
  /** What stands after the flags. */
  readonly rest: readonly string[];
  readonly help: boolean;
}

/**
 * Splits arguments (without program names) as Go's flag package does: flags first, with one dash or two, with `=` or
 * the next argument as their value; the first that is no flag, or `--`, ends them. Mistakes are added to `problems`.
 */
export function readArguments(
  args: readonly string[],
  flags: readonly FlagDescription[],
  problems: string[],
): Arguments {
  const given = new Map<string, string>();
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      index += 1;
      break;
    }
    if (!arg.startsWith("-") || arg === "-") break;
    const [name = "", ...values] = arg.replace(/^--?/, "").split("=");
    if (name === "help" || name === "h") return { given, rest: [], help: true };
    const flag = flags.find((candidate) => candidate.name === name);
    if (!flag) {
      problems.push(`--${name} is not a flag of this program: see --help.`);
      continue;
    }
    if (values.length > 0) given.set(name, values.join("="));
    else if (flag.kind === "boolean") given.set(name, "true");
    else if (index + 1 < args.length) given.set(name, args[(index += 1)] ?? "");
    else problems.push(`--${name} needs a value: write --${name}=${flag.default}.`);
  }
  return { given, rest: args.slice(index), help: false };
}
