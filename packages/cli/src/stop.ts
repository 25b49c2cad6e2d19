import type { EventEmitter } from "node:events";

/**
 * Resolves when a person or a supervisor asks the program to stop (SIGINT, SIGTERM).
 *
 * @param source The process. From this call on the signals no longer end it by themselves.
 */
export function untilToldToStop(source: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) source.on(signal, () => resolve());
  });
}
