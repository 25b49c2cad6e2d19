import { createCircuit } from "./circuit.ts";
import type { Circuit, CircuitOptions, CircuitState } from "./circuit.ts";

/** The circuits of all targets. A target without trouble has none, so healthy targets cost nothing. */
export interface Circuits {
  /** Milliseconds to wait, or 0 for leave to connect. Whoever gets leave must report how it went. */
  waitMs(origin: string): number;
  succeeded(origin: string): void;
  failed(origin: string): void;
  abandoned(origin: string): void;
  state(origin: string): CircuitState;
}

const MAX_TROUBLED = 10_000;

export function createCircuits(options: CircuitOptions, now: () => number): Circuits {
  const troubled = new Map<string, Circuit>();
  return {
    waitMs(origin) {
      const circuit = troubled.size === 0 ? undefined : troubled.get(origin);
      return circuit === undefined || circuit.tryPass() ? 0 : Math.max(1_000, circuit.retryAfterMs);
    },
    succeeded(origin) {
      if (troubled.size > 0) troubled.delete(origin);
    },
    failed(origin) {
      let circuit = troubled.get(origin);
      if (!circuit) {
        circuit = createCircuit(options, now);
        troubled.set(origin, circuit);
        if (troubled.size > MAX_TROUBLED)
          for (const oldest of troubled.keys()) {
            troubled.delete(oldest);
            break;
          }
      }
      circuit.failed();
    },
    abandoned(origin) {
      troubled.get(origin)?.abandoned();
    },
    state: (origin) => troubled.get(origin)?.state ?? "closed",
  };
}
