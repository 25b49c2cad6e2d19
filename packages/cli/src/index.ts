export { readArguments } from "./arguments.ts";
export type { Arguments, FlagDescription, FlagKind } from "./arguments.ts";
export { parseDuration } from "./duration.ts";
export { createFlagReader } from "./flag-reader.ts";
export type { FlagReader } from "./flag-reader.ts";
export { helpText } from "./help.ts";
export type { ProgramDescription, VariableDescription } from "./help.ts";
export { untilToldToStop } from "./stop.ts";
