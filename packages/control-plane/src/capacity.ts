/** How many gateways this installation may run, and how many it does. */
export interface Occupancy {
  /** Wanted running, and what is tried beside them for an upgrade. */
  readonly running: number;
  /** Waiting for a worker. */
  readonly unsettled: number;
}

export interface CapacityLimits {
  /** null: as many as the workers' machines have memory for. */
  readonly maxRunning: number | null;
  /** How many may wait for a worker at a time. */
  readonly maxWaiting: number;
}

/** How many gateways run where nobody set a limit, and no driver says how much memory there is. */
export const DEFAULT_MAX_RUNNING = 500;

/** What a gateway was seen to use of its memory limit, in the same unit: nodes and hosts are filled by it. */
export function usualMemory(limit: number): number {
  return Math.floor(limit / 2);
}

/**
 * How many gateways there is memory for, at least one.
 *
 * @param memory Bytes of all machines that take gateways.
 * @param limit Bytes that one gateway may use.
 */
export function roomIn(memory: number, limit: number): number {
  return Math.max(1, Math.floor(memory / usualMemory(limit)));
}

/** How many started gateways may wait for an owner: they are there as long as nobody who has one needs the place. */
export function poolWithin(poolSize: number, running: number, maxRunning: number): number {
  return Math.max(0, Math.min(poolSize, maxRunning - running));
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
  { maxRunning, maxWaiting }: CapacityLimits & { readonly maxRunning: number },
  random: () => number = Math.random,
): CapacityError | null {
  if (running >= maxRunning) return new CapacityError("capacity-reached", 30_000 + random() * 60_000);
  if (unsettled >= maxWaiting) return new CapacityError("queue-full", 3_000 + random() * 7_000);
  return null;
}
