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
