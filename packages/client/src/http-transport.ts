import { EventStreamReader, type StreamedEvent } from "./event-stream.ts";
import { errorMessage } from "./errors.ts";
import {
  closeOnce,
  type Transport,
  type TransportClose,
  type TransportFactory,
  type TransportListener,
} from "./transport.ts";

/** What {@link httpTransport} takes. */
export interface HttpTransportOptions {
  /** Headers of every request, `authorization` for instance. Asked again for each, so that a token may be renewed. */
  readonly headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  /**
   * Characters that may wait to be posted. When more do, the peer does not keep up, and the transport closes. Default
   * 64 Mi.
   */
  readonly maxBufferedChars?: number;
}

/** How often one post is sent before the stream is given up. A peer counts a repeated post once, by its number. */
const POST_ATTEMPTS = 2;
/** How long a post may take, milliseconds, beside the time that its body needs over a slow line. */
const POST_MS = 30_000;
const SLOW_LINE_CHARS_PER_MS = 50;
const MEBI = 1024 * 1024;
const BUFFER_LIMIT = 64 * MEBI;
/** The largest frame that is read. */
const FRAME_LIMIT = 64 * MEBI;

/**
 * A transport over plain HTTP: one `text/event-stream` that brings frames, and posts that take them. For places where a
 * WebSocket cannot go, and for servers that would rather not speak it.
 *
 * What the peer has to do:
 *
 * - `GET url` answers a stream. Its first event is `open` with `{"send": path}`, the address for frames, on the same
 *   origin. Each frame is an event without a name. `close` with `{"code", "reason"}` ends the stream; a stream that just
 *   breaks off is a lost connection.
 * - `POST path` takes `{"first": number, "frames": [frame, ...]}` and answers 2xx. Frames are numbered from 0 in each
 *   stream; the peer ignores the numbers that it has, since a post whose answer was lost is repeated.
 *
 * Only one post is under way at a time, so frames arrive in order; what is sent meanwhile goes with the next one. There is
 * no replay: as after a lost WebSocket, a new stream begins with the handshake, the history and the outbox.
 *
 * @example
 * ```ts
 * import { createChatStore, httpTransport } from "@automna/client";
 *
 * const chat = createChatStore({
 *   gatewayUrl: "http://127.0.0.1:18788/webchat/stream",
 *   authToken: null,
 *   transport: httpTransport({ headers: () => ({ authorization: `Bearer ${token}` }) }),
 * });
 * ```
 */
export function httpTransport(options: HttpTransportOptions = {}): TransportFactory {
  return (url, owner) => new HttpTransport(url.replace(/^ws(s?):/i, "http$1:"), owner, options);
}

class HttpTransport implements Transport {
  readonly #url: string;
  readonly #listener: TransportListener & { readonly closed: () => boolean };
  readonly #options: HttpTransportOptions;
  readonly #aborter = new AbortController();
  readonly #reader = new EventStreamReader((event) => this.#event(event));
  #sendTo: string | null = null;
  #waiting: string[] = [];
  #waitingChars = 0;
  #posted = 0;
  #isPosting = false;

  constructor(url: string, owner: TransportListener, options: HttpTransportOptions) {
    this.#url = url;
    this.#listener = closeOnce(owner);
    this.#options = options;
    this.#read().catch((error: unknown) => this.#end({ code: 1006, reason: errorMessage(error) }));
  }

  send(text: string): boolean {
    if (this.#sendTo === null || this.#listener.closed()) return false;
    this.#waitingChars += text.length;
    if (this.#waitingChars > (this.#options.maxBufferedChars ?? BUFFER_LIMIT)) {
      this.#end({ code: 4008, reason: "The relay does not take what is sent." });
      return false;
    }
    this.#waiting.push(text);
    if (!this.#isPosting) void this.#post();
    return true;
  }

  close(code: number, reason: string): void {
    this.#end({ code, reason });
  }

  async #request(url: string, own: Record<string, string>, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(await this.#options.headers?.()), ...own };
    // The global fetch refuses to be called as anybody's method.
    const send = this.#options.fetch ?? globalThis.fetch;
    return send(url, {
      ...init,
      headers,
      signal: this.#aborter.signal,
      cache: "no-store",
      redirect: "error",
    });
  }

  async #read(): Promise<void> {
    const response = await this.#request(this.#url, { accept: "text/event-stream" });
    const refusal = refusalOf(response);
    if (refusal !== null) return this.#end(refusal);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return this.#end({ code: 1006, reason: "" });
      this.#reader.push(decoder.decode(value, { stream: true }));
      if (this.#reader.held > FRAME_LIMIT) return this.#end({ code: 1009, reason: "" });
    }
  }

  #event({ event, data }: StreamedEvent): void {
    if (event === "message") return this.#listener.frame(data);
    if (event === "close") return this.#end(readClose(data));
    if (event !== "open" || this.#sendTo !== null) return;
    this.#sendTo = readSendAddress(data, this.#url);
    if (this.#sendTo === null) return this.#end({ code: 1006, reason: "The stream names no address here." });
    this.#listener.open();
  }

  async #post(): Promise<void> {
    this.#isPosting = true;
    while (this.#waiting.length > 0 && !this.#listener.closed()) {
      const frames = this.#waiting;
      this.#waiting = [];
      const failure = await this.#deliver(`{"first":${this.#posted},"frames":[${frames.join(",")}]}`);
      if (failure !== null) this.#end(failure);
      this.#posted += frames.length;
      this.#waitingChars -= frames.reduce((sum, { length }) => sum + length, 0);
    }
    this.#isPosting = false;
  }

  /** @returns how the transport has to end, or `null` when the peer has the frames */
  async #deliver(body: string): Promise<TransportClose | null> {
    let reason = "";
    const giveUp = () => this.#end({ code: 1006, reason: "The relay does not answer." });
    // One post that hangs would hold back all others.
    const timer = setTimeout(giveUp, POST_MS + body.length / SLOW_LINE_CHARS_PER_MS);
    for (let attempt = 0; attempt < POST_ATTEMPTS && !this.#listener.closed(); attempt += 1) {
      try {
        const type = { "content-type": "application/json" };
        const response = await this.#request(this.#sendTo ?? "", type, { method: "POST", body });
        await response.body?.cancel();
        clearTimeout(timer);
        return response.ok ? null : closeOf(response);
      } catch (error) {
        reason = errorMessage(error);
      }
    }
    clearTimeout(timer);
    return { code: 1006, reason };
  }

  #end(close: TransportClose): void {
    if (this.#listener.closed()) return;
    this.#waiting = [];
    this.#listener.close(close);
    this.#aborter.abort();
  }
}

function refusalOf(response: Response): TransportClose | null {
  if (!response.ok) return closeOf(response);
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  return isStream ? null : { code: 1006, reason: "The address answers no event stream." };
}

/** The close that a WebSocket would have had. Its reason is what the connection judges by. */
function closeOf({ status }: Response): TransportClose {
  if (status === 401 || status === 403) return { code: 1008, reason: `unauthorized (HTTP ${status})` };
  if (status === 413) return { code: 1009, reason: "" };
  if (status === 503) return { code: 1013, reason: "" };
  return { code: 1006, reason: `HTTP ${status}` };
}

function readJson(data: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function readClose(data: string): TransportClose {
  const { code, reason } = readJson(data);
  return {
    code: typeof code === "number" ? code : 1006,
    reason: typeof reason === "string" ? reason : "",
  };
}

/** Frames carry what the headers protect: they go nowhere but to the origin that the stream came from. */
function readSendAddress(data: string, streamUrl: string): string | null {
  const { send } = readJson(data);
  if (typeof send !== "string" || !URL.canParse(send, streamUrl)) return null;
  const address = new URL(send, streamUrl);
  return address.origin === new URL(streamUrl).origin ? address.href : null;
}
