"use client";

import { useEffect, useReducer } from "react";

const SECOND_MS = 1_000;

/** The time in milliseconds since the epoch, cut to whole seconds; renewed every second while `running`. */
export function useNow(running: boolean, clock: () => number = Date.now): number {
  const [, renew] = useReducer((renewals: number) => renewals + 1, 0);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(renew, SECOND_MS);
    return () => clearInterval(timer);
  }, [running]);
  return Math.floor(clock() / SECOND_MS) * SECOND_MS;
}
