import type { ShutdownNotice } from "./advice.ts";
import { number, object, optionalNumber, parseWith, text, withDefault, type Parsed } from "./parsed.ts";

/** Reads a `tick`. */
export function parseTick(payload: unknown): Parsed<{ ts: number }> {
  return parseWith(object({ ts: number }), payload);
}

/**
 * Reads a `shutdown`. Only a number in `restartExpectedMs` promises that the gateway comes back (version 3 sends null
 * otherwise).
 */
export function parseShutdown(payload: unknown): Parsed<ShutdownNotice> {
  return parseWith(
    object({ reason: withDefault(text, "unknown"), restartExpectedMs: optionalNumber }),
    payload,
  );
}
