/** What one route is doing and when it last did something that counts. */
export interface RouteActivity {
  /** Milliseconds since the epoch; `undefined` if nothing counted yet. */
  readonly lastActivityAt: number | undefined;
  readonly openSockets: number;
  readonly openRequests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

/** Something that may count as activity. Pings, pongs, closes and handshakes never get here. */
export type ActivityEvent =
  | { readonly kind: "request"; readonly routeId: string; readonly method: string }
  | {
      readonly kind: "message";
      readonly routeId: string;
      readonly from: "client" | "upstream";
      /** Payload bytes of the message's first frame. */
      readonly bytes: number;
    };

/** A WebSocket message, as an {@link ActivityEvent}. */
export type SocketMessage = Extract<ActivityEvent, { kind: "message" }>;

/** The counters behind {@link RouteActivity}, written by the engines. */
export interface RouteCounters {
  readonly routeId: string;
  lastActivityAt: number | undefined;
  openSockets: number;
  openRequests: number;
  bytesIn: number;
  bytesOut: number;
  messagesIn: number;
  messagesOut: number;
}

export interface ActivityBook {
  /** The counters of a route, made on first use. */
  of(routeId: string): RouteCounters;
  /** Records a request, if requests count. */
  request(counters: RouteCounters, method: string): void;
  /** Records a WebSocket message, if it counts. */
  message(counters: RouteCounters, from: "client" | "upstream", bytes: number): void;
  get(routeId: string): RouteActivity | undefined;
  entries(): IterableIterator<[string, RouteActivity]>;
  /** Drops a route's counters unless something of it is open. */
  forget(routeId: string): void;
}

export function createActivityBook(options: {
  readonly now: () => number;
  /** Default: requests and messages from clients. */
  readonly counts: ((event: ActivityEvent) => boolean) | undefined;
  readonly onActivity: ((event: ActivityEvent) => void) | undefined;
  /** Told of every message, whether it counts or not. */
  readonly onMessage: ((message: SocketMessage) => void) | undefined;
}): ActivityBook {
  const { now, counts, onActivity, onMessage } = options;
  const book = new Map<string, RouteCounters>();
  const plain = counts === undefined && onActivity === undefined && onMessage === undefined;

  function record(counters: RouteCounters, event: ActivityEvent): void {
    if (event.kind === "message") onMessage?.(event);
    if (counts ? !counts(event) : event.kind === "message" && event.from === "upstream") return;
    counters.lastActivityAt = now();
    onActivity?.(event);
  }

  return {
    of(routeId) {
      let counters = book.get(routeId);
      if (!counters) {
        counters = {
          routeId,
          lastActivityAt: undefined,
          openSockets: 0,
          openRequests: 0,
          bytesIn: 0,
          bytesOut: 0,
          messagesIn: 0,
          messagesOut: 0,
        };
        book.set(routeId, counters);
      }
      return counters;
    },
    request(counters, method) {
      if (plain) counters.lastActivityAt = now();
      else record(counters, { kind: "request", routeId: counters.routeId, method });
    },
    message(counters, from, bytes) {
      if (!plain) record(counters, { kind: "message", routeId: counters.routeId, from, bytes });
      else if (from === "client") counters.lastActivityAt = now();
    },
    get: (routeId) => book.get(routeId),
    entries: () => book.entries(),
    forget(routeId) {
      const counters = book.get(routeId);
      if (counters && counters.openSockets === 0 && counters.openRequests === 0) book.delete(routeId);
    },
  };
}
