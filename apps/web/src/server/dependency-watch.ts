import { type Clock, systemClock } from "@automna/control-plane";
import type { Dependency, Readiness } from "./readiness.ts";

/** Rejects when what it asks does not answer. */
export type Ask = () => Promise<unknown>;

const DEPENDENCIES: readonly Dependency[] = ["database", "engine"];
const EVERY_MS = 2_000;
const LATE_MS = 5_000;

/** Asks again and again what this process needs, so that nobody who asks whether it is ready has to wait for that. */
export function watchDependencies(
  readiness: Readiness,
  asks: Readonly<Partial<Record<Dependency, Ask>>>,
  clock: Clock = systemClock,
): () => Promise<void> {
  const ending = new AbortController();
  const watch = async (name: Dependency, ask: Ask): Promise<void> => {
    while (!ending.signal.aborted) {
      const answers = await Promise.race([
        ask().then(yes, no),
        clock.sleep(LATE_MS, ending.signal).then(no, no),
      ]);
      readiness.away = DEPENDENCIES.filter((other) =>
        other === name ? !answers : readiness.away.includes(other),
      );
      await clock.sleep(EVERY_MS, ending.signal).catch(no);
    }
  };
  const watches = DEPENDENCIES.map((name) => {
    const ask = asks[name];
    return ask ? watch(name, ask) : Promise.resolve();
  });
  return async () => {
    ending.abort();
    await Promise.all(watches);
  };
}

const yes = () => true;
const no = () => false;
