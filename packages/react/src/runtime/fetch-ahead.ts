import { scheduleIdle } from "../markdown/idle.ts";

/**
 * Fetches a part when the page has nothing else to do, so that it is there also when the network is not; what fails is
 * fetched again when it is wanted. Without a network it does not try: a browser may remember for the life of the page that
 * an import failed (whatwg/html#6768). The answer cancels it.
 */
export function fetchAhead(fetch: () => Promise<unknown>): () => void {
  return scheduleIdle(() => {
    if (navigator.onLine) void fetch().catch(() => undefined);
  });
}
