import * as v from "valibot";
import { readiness } from "../api/probes.ts";
import { pause } from "./pause.ts";
import type { RetryPace } from "./retry-pace.ts";

/** What the server needs and does not reach; null: the server itself does not answer, or takes nothing on. */
export type Missing = readonly string[] | null;

/** What {@link untilServerIsReady} needs of its surroundings. */
export interface WaitEnvironment {
  readonly fetchFrom: typeof fetch;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const ANSWER_MS = 5_000;

/**
 * Asks the server whether it has what its pages need, until it has.
 *
 * @param pace How long to wait before each question.
 * @param tell Hears what is missing, after each answer that says so.
 */
export async function untilServerIsReady(
  pace: RetryPace,
  tell: (missing: Missing) => void,
  signal: AbortSignal,
  { fetchFrom, sleep }: WaitEnvironment = { fetchFrom: fetch, sleep: pause },
): Promise<void> {
  for (;;) {
    await sleep(pace.next(), signal);
    const missing = await missingAtServer(signal, fetchFrom);
    if (missing?.length === 0) return;
    tell(missing);
  }
}

async function missingAtServer(signal: AbortSignal, fetchFrom: typeof fetch): Promise<Missing> {
  try {
    const response = await fetchFrom("/readyz", {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      cache: "no-store",
    });
    if (response.ok) return [];
    const body = v.safeParse(readiness, await response.json());
    return body.success && body.output.away.length > 0 ? body.output.away : null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
