/** How far a request got. When it failed: the layer that failed. */
export type Layer =
  | "upgrade-received"
  | "request-received"
  | "route-resolved"
  | "connected"
  | "answered"
  | "streaming";

/**
 * A record as one line of JSON in ASCII, without its line break. Several times faster than `JSON.stringify`: nothing but the
 * texts that a client or an app chose needs escaping.
 *
 * @example
 * ```ts
 * import { accessLine, createProxy } from "@automna/proxy";
 *
 * const proxy = createProxy({ onAccess: (record) => void process.stdout.write(`${accessLine(record)}\n`) });
 * ```
 */
export function accessLine(record: AccessRecord): string {
  const { routeId, firstByteMs, closeCode } = record;
  let line = `{"kind":"${record.kind}","requestId":${quote(record.requestId)}`;
  if (routeId !== undefined) line += `,"routeId":${quote(routeId)}`;
  line += `,"method":${quote(record.method)},"path":${quote(record.path)},"status":${record.status}`;
  line += `,"layer":"${record.layer}","outcome":${quote(record.outcome)},"client":${quote(record.client)}`;
  line += `,"startedAt":${record.startedAt}`;
  if (firstByteMs !== undefined) line += `,"firstByteMs":${micros(firstByteMs)}`;
  line += `,"durationMs":${micros(record.durationMs)},"bytesIn":${record.bytesIn},"bytesOut":${record.bytesOut}`;
  if (record.kind === "websocket") {
    line += `,"messagesIn":${record.messagesIn},"messagesOut":${record.messagesOut}`;
    if (closeCode !== undefined) line += `,"closeCode":${closeCode}`;
  }
  return `${line}}`;
}

/** Milliseconds with three places. */
function micros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

const PLAIN = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** One structured line for one request or one WebSocket. Holds no query string, header, cookie or body. */
export interface AccessRecord {
  readonly kind: "http" | "websocket";
  readonly requestId: string;
  /** `undefined` if no route was found or the refusal named none. */
  readonly routeId: string | undefined;
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  /** Status given to the client; 101 for a WebSocket that opened, 0 if the client left before an answer. */
  readonly status: number;
  readonly layer: Layer;
  /** `ok`, or the stable code of what went wrong, such as `upstream-refused` or `client-gone`. */
  readonly outcome: string;
  /** The client's address, as far as trusted proxies can say. */
  readonly client: string;
  /** Milliseconds since the epoch at which the request arrived. */
  readonly startedAt: number;
  /** Milliseconds until the first byte of the upstream's answer. `undefined` if there was none. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds until everything was over. */
  readonly durationMs: number;
  /** Body or socket bytes from the client. */
  readonly bytesIn: number;
  /** Body or socket bytes to the client. */
  readonly bytesOut: number;
  /** WebSocket data messages from the client and to it. Zero for HTTP. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Code of the WebSocket close frame that ended it; 1006 if it ended without one. */
  readonly closeCode: number | undefined;
}

/** A WebSocket whose 101 has just been relayed. */
export interface SocketOpening {
  readonly requestId: string;
  readonly routeId: string;
  /** Milliseconds from the upgrade to the upstream's 101. */
  readonly firstByteMs: number;
}
