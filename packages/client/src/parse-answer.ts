import type { Parsed } from "@automna/protocol";

import { UnreadableAnswerError } from "./refusals.ts";

/**
 * The value of a parsed answer.
 *
 * @throws {UnreadableAnswerError} when it could not be read
 */
export function valueOf<T>(parsed: Parsed<T>, method: string): T {
  if (!parsed.ok) throw new UnreadableAnswerError(method, parsed.reason);
  return parsed.value;
}
