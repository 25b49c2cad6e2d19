/** Told about each data message, once, when its first frame begins. */
export type MessageListener = (payloadBytes: number) => void;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/**
 * Follows WebSocket frames (RFC 6455 section 5.2) in a byte stream without holding or changing a byte: counts the
 * data messages, knows where a frame ends, and reads the code of a close frame. Pings and pongs count as nothing.
 */
export class FrameScanner {
  messages = 0;
  /** Code of the first close frame; 1005 if it had none. */
  closeCode: number | undefined;
  readonly #onMessage: MessageListener;
  #payloadLeft = 0;
  #header: number[] | undefined;
  #closeLeft = 0;
  #closeMask = 0;
  #closeBytes = 0;
  #lost = false;

  constructor(onMessage: MessageListener) {
    this.#onMessage = onMessage;
  }

  /** `true` between frames: the only place where a frame of our own may be put. */
  get atBoundary(): boolean {
    return this.#payloadLeft === 0 && this.#header === undefined;
  }

  /**
   * Reads a chunk. Returns how many bytes were read: all of them, or with `toBoundary` those up to the first end of
   * a frame.
   */
  feed(chunk: Uint8Array, toBoundary = false): number {
    if (this.#lost) return chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        if (this.#closeLeft > 0) this.#readClose(chunk.subarray(at, at + step));
        this.#payloadLeft -= step;
        at += step;
      } else {
        at = this.#header === undefined ? this.#readHeader(chunk, at) : this.#growHeader(chunk, at);
        if (this.#lost) return chunk.length;
      }
      if (toBoundary && this.atBoundary) return at;
    }
    return at;
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const length = headerLength(chunk, at);
    if (length === undefined || at + length > chunk.length) {
      this.#header = Array.from(chunk.subarray(at));
      return chunk.length;
    }
    this.#begin(chunk, at, length);
    return at + length;
  }

  #growHeader(chunk: Uint8Array, at: number): number {
    const header = this.#header ?? [];
    let next = at;
    while (next < chunk.length && !isWhole(header)) header.push(chunk[next++] ?? 0);
    if (!isWhole(header)) return next;
    this.#header = undefined;
    this.#begin(header, 0, header.length);
    return next;
  }

  #begin(bytes: ArrayLike<number>, at: number, headerBytes: number): void {
    const opcode = (bytes[at] ?? 0) & 0x0f;
    const second = bytes[at + 1] ?? 0;
    const payload = payloadLength(bytes, at);
    if (!Number.isSafeInteger(payload)) {
      this.#lost = true;
      return;
    }
    this.#payloadLeft = payload;
    if (opcode === TEXT || opcode === BINARY) {
      this.messages += 1;
      this.#onMessage(payload);
    } else if (opcode === CLOSE && this.closeCode === undefined) {
      this.closeCode = 1005;
      this.#closeLeft = payload >= 2 ? 2 : 0;
      this.#closeBytes = 0;
      const key = at + headerBytes - 4;
      this.#closeMask = second & 0x80 ? ((bytes[key] ?? 0) << 8) | (bytes[key + 1] ?? 0) : 0;
    }
  }

  #readClose(payload: Uint8Array): void {
    for (const byte of payload) {
      if (this.#closeLeft === 0) break;
      this.#closeBytes = (this.#closeBytes << 8) | byte;
      this.#closeLeft -= 1;
    }
    if (this.#closeLeft === 0) this.closeCode = this.#closeBytes ^ this.#closeMask;
  }
}

/** Bytes of the header that begins at `at`; `undefined` if its first two bytes are not all there. */
function headerLength(bytes: ArrayLike<number>, at: number): number | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return undefined;
  const size = second & 0x7f;
  return 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

function isWhole(header: readonly number[]): boolean {
  const length = headerLength(header, 0);
  return length !== undefined && header.length >= length;
}

function payloadLength(bytes: ArrayLike<number>, at: number): number {
  const size = (bytes[at + 1] ?? 0) & 0x7f;
  if (size < 126) return size;
  let length = 0;
  for (let index = 0; index < (size === 126 ? 2 : 8); index += 1)
    length = length * 256 + (bytes[at + 2 + index] ?? 0);
  return length;
}

/** An unmasked close frame, as a server sends it. The reason is cut to what a control frame can hold. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason, "utf8").subarray(0, 123);
  const frame = Buffer.alloc(4 + text.length);
  frame[0] = 0x80 | CLOSE;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}
