import type { Backend, RegistryChange } from "./registry.ts";

/** One thing that happened, in the order of its `id`. */
export interface LoggedEvent {
  readonly id: string;
  readonly change: RegistryChange;
}

type Replay =
  /** What was missed, maybe nothing. */
  | { readonly kind: "events"; readonly events: readonly LoggedEvent[] }
  /** Too long ago, or from another start of this router: the listener needs everything. */
  | { readonly kind: "snapshot"; readonly id: string; readonly backends: readonly Backend[] };

interface EventListener {
  readonly onEvent: (event: LoggedEvent) => void;
  /** A scan is over, whether or not anything changed. */
  readonly onScan: (at: number) => void;
}

export interface EventLog {
  append(changes: readonly RegistryChange[]): void;
  scanned(at: number): void;
  since(lastEventId: string | undefined, backends: readonly Backend[]): Replay;
  /** Returns what ends the subscription. */
  subscribe(listener: EventListener): () => void;
}

/**
 * The latest changes, kept so that a listener that was away misses none.
 *
 * @param epoch Different for each start of the router: the ids of an earlier one mean nothing now.
 */
export function createEventLog(epoch: string, capacity = 1_000): EventLog {
  const kept: LoggedEvent[] = [];
  const listeners = new Set<EventListener>();
  let last = 0;

  function since(lastEventId: string | undefined): readonly LoggedEvent[] | undefined {
    const [, theirEpoch, digits = ""] = /^(.*)-(\d{1,15})$/.exec(lastEventId ?? "") ?? [];
    const seen = Number(digits);
    if (theirEpoch !== epoch || seen > last || last - seen > kept.length) return undefined;
    return kept.slice(kept.length - (last - seen));
  }

  return {
    append(changes) {
      for (const change of changes) {
        last += 1;
        const event = { id: `${epoch}-${last}`, change };
        kept.push(event);
        if (kept.length > capacity) kept.shift();
        for (const listener of listeners) listener.onEvent(event);
      }
    },
    scanned(at) {
      for (const listener of listeners) listener.onScan(at);
    },
    since(lastEventId, backends) {
      const events = since(lastEventId);
      return events ? { kind: "events", events } : { kind: "snapshot", id: `${epoch}-${last}`, backends };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
