/** An answer of which something may have to go out alone. */
export interface Flushable {
  /** Sends what is there. */
  flush(): void;
}

let waiting: Flushable[] = [];

/**
 * Flushes an answer once the reads of this turn are done. Most bodies come with their head, and then leave in one
 * write with it; a stream that has nothing to say yet is announced at once all the same.
 */
export function flushSoon(answer: Flushable): void {
  if (waiting.push(answer) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const answers = waiting;
  waiting = [];
  for (const answer of answers) answer.flush();
}
