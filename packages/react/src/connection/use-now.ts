"use client";

import { useCallback, useSyncExternalStore } from "react";

const SECOND_MS = 1_000;
const never = () => () => undefined;

/** The time in milliseconds since the epoch, cut to whole seconds; renewed every second while `running`. */
export function useNow(running: boolean, clock: () => number = Date.now): number {
  const tick = useCallback((onChange: () => void) => {
    const timer = setInterval(onChange, SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  const second = () => Math.floor(clock() / SECOND_MS) * SECOND_MS;
  return useSyncExternalStore(running ? tick : never, second, second);
}
