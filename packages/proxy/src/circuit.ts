export interface CircuitOptions {
  /** Failures in a row that open the circuit. Default 5. */
  readonly failures?: number;
  /** How long it stays open before one request may try, in milliseconds. Default 2,000; doubles up to `maxOpenMs`. */
  readonly openMs?: number;
  /** Default 30,000. */
  readonly maxOpenMs?: number;
}

/** `closed`: all may pass. `open`: none may. `half-open`: one is trying, the others wait. */
export type CircuitState = "closed" | "open" | "half-open";

/** The health of one target as its traffic shows it. */
export interface Circuit {
  readonly state: CircuitState;
  /** Milliseconds until a try may be made; 0 when one may be made now. */
  readonly retryAfterMs: number;
  /** Asks for leave to connect. Whoever gets it must report `succeeded`, `failed` or `abandoned`. */
  tryPass(): boolean;
  /** An answer came, whatever its status. */
  succeeded(): void;
  /** No connection, no answer, or not in time. */
  failed(): void;
  /** The try ended without a verdict, as when the client left. */
  abandoned(): void;
}

/**
 * Passive health with a circuit that half-opens.
 *
 * @example
 * ```ts
 * const circuit = createCircuit({ failures: 3 }, Date.now);
 * if (circuit.tryPass()) fetch(url).then(circuit.succeeded, circuit.failed);
 * ```
 */
export function createCircuit(options: CircuitOptions, now: () => number): Circuit {
  const { failures = 5, openMs = 2_000, maxOpenMs = 30_000 } = options;
  let inARow = 0;
  let openings = 0;
  let openUntil = 0;
  let state: CircuitState = "closed";

  function open(): void {
    state = "open";
    openUntil = now() + Math.min(maxOpenMs, openMs * 2 ** openings);
    openings += 1;
  }

  return {
    get state() {
      return state;
    },
    get retryAfterMs() {
      return state === "closed" ? 0 : Math.max(0, openUntil - now());
    },
    tryPass() {
      if (state === "closed") return true;
      if (state === "half-open" || now() < openUntil) return false;
      state = "half-open";
      return true;
    },
    succeeded() {
      inARow = 0;
      openings = 0;
      state = "closed";
    },
    failed() {
      inARow += 1;
      if (state === "half-open" || (state === "closed" && inARow >= failures)) open();
    },
    abandoned() {
      if (state === "half-open") state = "open";
    },
  };
}
