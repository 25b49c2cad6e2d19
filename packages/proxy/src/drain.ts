export interface DrainOptions {
  /** WebSockets are told to go at random moments within this time, in milliseconds. Default 5,000. */
  readonly spreadMs?: number;
  /** What still runs after this time is cut, in milliseconds. Default 30,000. */
  readonly graceMs?: number;
  /** Close code for WebSockets. Default 1012, "service restart". */
  readonly closeCode?: number;
  /** Reason in the close frame, 123 bytes at most. Default `service restart`. */
  readonly reason?: string;
}

/** How a drain went. */
export interface DrainResult {
  /** WebSockets that were told to go. */
  readonly sockets: number;
  /** Requests that were running when it began. */
  readonly requests: number;
  /** Requests and WebSockets that outlived the grace time and were cut. */
  readonly cut: number;
  readonly durationMs: number;
}
