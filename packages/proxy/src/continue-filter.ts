import type { Socket } from "node:net";

const STATUS_LINE = "HTTP/1.x 100".length;
/** More than this of one informational head is the parser's business. */
const HEAD_BYTES = 65_536;
/** undici writes a request's head as one text, and of a body only the sizes of chunks. */
const LONGEST_CHUNK_SIZE = 20;
const ONE = 0x31;
const NOTHING = Buffer.alloc(0);

type Written = (error?: Error | null) => void;

/**
 * Takes `100 Continue` out of what an upstream says before an answer. It may come unasked (RFC 9110 section 15.2.1), but
 * undici drops the connection over it. Bodies are not looked at.
 */
export function passOverContinue(socket: Socket): Socket {
  const filter = new ContinueFilter();
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket);
  socket.read = (size) => {
    for (;;) {
      const chunk: unknown = read(size);
      if (!filter.awaits || !Buffer.isBuffer(chunk)) return chunk;
      const kept = filter.take(chunk);
      if (kept.length > 0) return kept;
    }
  };
  socket.write = (data: Uint8Array | string, encoding?: BufferEncoding | Written, done?: Written) => {
    if (typeof data === "string" && data.length > LONGEST_CHUNK_SIZE) filter.awaits = true;
    return typeof encoding === "function" ? write(data, encoding) : write(data, encoding, done);
  };
  return socket;
}

/** What of a connection's bytes is left without `100 Continue`, between a request and its answer. */
export class ContinueFilter {
  /** A request was sent and its answer has not begun. */
  awaits = false;
  #held: Buffer = NOTHING;

  take(chunk: Buffer): Buffer {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = NOTHING;
    if (rest.length >= STATUS_LINE && rest[STATUS_LINE - 3] !== ONE) {
      this.awaits = false;
      return rest;
    }
    const kept: Buffer[] = [];
    while (rest.length > 0) {
      const end = informationalEnd(rest);
      if (end === "none") {
        this.awaits = false;
        kept.push(rest);
        break;
      }
      if (end === "unknown") {
        this.#held = rest;
        break;
      }
      if (!isContinue(rest)) kept.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return kept.length === 1 ? (kept[0] ?? NOTHING) : Buffer.concat(kept);
  }
}

/** Where the informational head at the beginning ends, if there is one and all of it. */
function informationalEnd(bytes: Buffer): number | "none" | "unknown" {
  const start = bytes.toString("latin1", 0, STATUS_LINE);
  if (!/^HTTP\/1\.[01] 1\d\d$/.test(start)) {
    return start.length < STATUS_LINE && "HTTP/1.1 1".startsWith(start.slice(0, 10)) ? "unknown" : "none";
  }
  // An upgrade has no answer behind it.
  if (start.endsWith("101")) return "none";
  const end = bytes.indexOf("\r\n\r\n");
  if (end !== -1) return end + 4;
  return bytes.length > HEAD_BYTES ? "none" : "unknown";
}

function isContinue(head: Buffer): boolean {
  return head.toString("latin1", STATUS_LINE - 3, STATUS_LINE) === "100";
}
