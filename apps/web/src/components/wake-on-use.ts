import { useEffect } from "react";

const PAUSE_MS = 30_000;

/**
 * Wakes at most every half minute, however often it is called. A gateway is not put to sleep within so short a time, so
 * that the first touch after a longer pause is enough.
 */
export function createWaker(wake: () => Promise<unknown>, now: () => number = Date.now): () => void {
  let last = now();
  return () => {
    if (now() - last < PAUSE_MS) return;
    last = now();
    // Whoever wants the gateway connects by itself; what keeps it from that is told there.
    wake().catch(() => undefined);
  };
}

/**
 * Wakes a gateway that fell asleep behind an open page, as soon as a person touches the page. A page that merely lies
 * open in some tab wakes nothing.
 */
export function useWakeOnUse(wake: () => Promise<unknown>): void {
  useEffect(() => {
    const touched = createWaker(wake);
    const listening = new AbortController();
    for (const event of ["keydown", "pointerdown"] as const)
      document.addEventListener(event, touched, { signal: listening.signal, passive: true });
    return () => listening.abort();
  }, [wake]);
}
