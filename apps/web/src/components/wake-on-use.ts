import { useEffect } from "react";
import { ask } from "../browser/ask.ts";
import { lookForGateway } from "./gateway-poll.ts";

const PAUSE_MS = 30_000;

/** Wakes the person's gateway if it is stopped. One that was deleted is not made anew by that. */
export async function wakeGateway(fetchFrom: typeof fetch = fetch): Promise<void> {
  const { state } = await lookForGateway(new AbortController().signal, fetchFrom, false);
  if (state.status !== "stopped") return;
  await ask({ method: "POST", path: "/api/user/gateway/wake", answer: null }, fetchFrom);
}

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
