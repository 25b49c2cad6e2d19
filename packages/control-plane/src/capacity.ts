/** How many gateways this installation may run, and how many it does. */
export interface Occupancy {
  /** Wanted running. */
  readonly running: number;
  /** Waiting for a worker. */
  readonly unsettled: number;
}

export interface CapacityLimits {
  readonly maxRunning: number;
  /** How many may wait for a worker at a time. */
  readonly maxWaiting: number;
}

/** How many deleted gateways of one person keep their data at a time: nobody is to use up everybody's disk. */
export const KEPT_DELETED = 5;

/** There is no room for another running gateway now. */
export class CapacityError extends Error {
  override readonly name = "CapacityError";
  readonly code: "capacity-reached" | "queue-full" | "too-many-deleted";
  readonly retryAfterMs: number;
  constructor(code: CapacityError["code"], retryAfterMs: number) {
    super(REASONS[code]);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const REASONS: Readonly<Record<CapacityError["code"], string>> = {
  "capacity-reached":
    "All places for running gateways are taken. Try again later, or ask the operator for more.",
  "queue-full": "Many gateways are being started at this moment. Try again in a little while.",
  "too-many-deleted": `The data of ${KEPT_DELETED} deleted gateways of yours is still kept. Another one can be made once the oldest of them is removed; Retry-After says when.`,
};

/**
 * Whether one more gateway may run; `null` if so. Those who are refused are told different times, so that they do not
 * come back together.
 *
 * @param random In [0, 1).
 */
export function admissionError(
  { running, unsettled }: Occupancy,
  { maxRunning, maxWaiting }: CapacityLimits,
  random: () => number = Math.random,
): CapacityError | null {
  if (running >= maxRunning) return new CapacityError("capacity-reached", 30_000 + random() * 60_000);
  if (unsettled >= maxWaiting) return new CapacityError("queue-full", 3_000 + random() * 7_000);
  return null;
}
