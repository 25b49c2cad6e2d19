import type { ShutdownNotice } from "./advice.ts";
import { number, object, optionalNumber, parseWith, text, withDefault, type Parsed } from "./parsed.ts";

/**
 * Reads a `tick`: the gateway's clock, milliseconds since the epoch. One comes every `hello.policy.tickIntervalMs`.
 *
 * @see `TickEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseTick } from "@automna/protocol";
 *
 * const parsed = parseTick({ ts: 1_700_000_030_000 });
 * if (parsed.ok) new Date(parsed.value.ts).toISOString(); // "2023-11-14T22:13:50.000Z"
 * ```
 */
export function parseTick(payload: unknown): Parsed<{ ts: number }> {
  return parseWith(object({ ts: number }), payload);
}

/**
 * Reads a `shutdown`, after which the connection closes with 1012. Only a number in `restartExpectedMs` promises that the
 * gateway comes back (version 3 sends null otherwise). {@link adviseOnClose} takes what this gives.
 *
 * @see `ShutdownEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseShutdown } from "@automna/protocol";
 *
 * const parsed = parseShutdown({ reason: "gateway stopping", restartExpectedMs: null });
 * if (parsed.ok) parsed.value; // { reason: "gateway stopping" }
 * ```
 */
export function parseShutdown(payload: unknown): Parsed<ShutdownNotice> {
  return parseWith(
    object({ reason: withDefault(text, "unknown"), restartExpectedMs: optionalNumber }),
    payload,
  );
}
