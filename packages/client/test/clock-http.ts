import type { FakeGateway, ServerConnection } from "@automna/testing";

/**
 * What goes wrong with one post. `late`: the sender sees it fail, and it arrives `ms` afterwards all the same, behind its
 * own repetition.
 */
export type PostFault =
  | { readonly type: "lose-request" }
  | { readonly type: "lose-answer" }
  | { readonly type: "hold"; readonly ms: number }
  | { readonly type: "late"; readonly ms: number };

/** A relay in front of a gateway, in the gateway's own time, and the `fetch` that reaches nothing else. */
export interface ClockHttp {
  readonly fetch: typeof fetch;
  /** The next post that is sent suffers this. */
  fail(fault: PostFault): void;
}

interface Batch {
  readonly first: number;
  readonly frames: readonly unknown[];
}

/** A stream's body whose pieces are there in the turn in which they arrive. */
class Pieces {
  readonly #encoder = new TextEncoder();
  #waiting: Uint8Array[] = [];
  #wanted: PromiseWithResolvers<ReadableStreamReadResult<Uint8Array>> | null = null;
  #end: { readonly error: Error | null } | null = null;

  push(text: string): void {
    if (this.#end !== null) return;
    const value = this.#encoder.encode(text);
    if (this.#wanted === null) return void this.#waiting.push(value);
    this.#wanted.resolve({ done: false, value });
    this.#wanted = null;
  }

  end(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    if (this.#wanted === null) return;
    if (error === null) this.#wanted.resolve({ done: true, value: undefined });
    else this.#wanted.reject(error);
  }

  read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end !== null) return Promise.resolve({ done: true, value: undefined });
    this.#wanted = Promise.withResolvers();
    return this.#wanted.promise;
  }
}

/** The part of a `Response` that the transport looks at; a real one answers turns later than it has to. */
function response(status: number, body: Pieces | null): Response {
  const headers = new Headers(body === null ? {} : { "content-type": "text/event-stream" });
  const read = body === null ? null : { getReader: () => body, cancel: () => Promise.resolve() };
  return { ok: status < 300, status, headers, body: read } as unknown as Response;
}

/** One open stream, as the relay sees it. */
interface Open {
  readonly peer: ServerConnection;
  next: number;
}

export function clockHttp(gateway: FakeGateway, latencyMs = 0): ClockHttp {
  const { clock } = gateway;
  const streams = new Map<string, Open>();
  const faults: PostFault[] = [];
  let opened = 0;
  const later = (task: () => void, ms = latencyMs) => void clock.setTimeout(task, ms);

  function stream(signal: AbortSignal, answer: (response: Response) => void): void {
    const path = `/send/${(opened += 1)}`;
    const body = new Pieces();
    const close = (code: number, reason: string) => {
      later(() => body.push(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`));
      later(() => body.end(null));
    };
    later(() => answer(response(200, body)));
    later(() => body.push(`event: open\ndata: {"send":"${path}"}\n\n`));
    const peer = gateway.connect({
      address: "127.0.0.1",
      headers: { origin: "http://localhost", host: "gateway.test" },
      send: (text) => later(() => body.push(`data: ${text}\n\n`)),
      close,
      terminate: () => later(() => body.end(new Error("The stream broke."))),
    });
    if (peer === undefined) return later(() => body.end(new Error("Nobody is there.")));
    streams.set(path, { peer, next: 0 });
    signal.addEventListener("abort", () => {
      body.end(new DOMException("Aborted.", "AbortError"));
      later(() => {
        streams.delete(path);
        peer.closed(1006, "");
      });
    });
  }

  function take(path: string, { first, frames }: Batch): number {
    const open = streams.get(path);
    if (open === undefined) return 410;
    frames.forEach((frame, index) => {
      if (first + index < open.next) return;
      open.next = first + index + 1;
      open.peer.receive(JSON.stringify(frame));
    });
    return 204;
  }

  function post(path: string, batch: Batch, end: PromiseWithResolvers<Response>): void {
    const fault = faults.shift();
    const lost = () => later(() => end.reject(new TypeError("fetch failed")));
    const deliver = () => {
      const status = take(path, batch);
      if (fault?.type === "lose-answer") return lost();
      later(() => end.resolve(response(status, null)));
    };
    if (fault?.type === "lose-request") return later(lost);
    if (fault?.type === "late") {
      later(lost);
      return later(() => void take(path, batch), latencyMs + fault.ms);
    }
    later(deliver, latencyMs + (fault?.type === "hold" ? fault.ms : 0));
  }

  return {
    fail: (fault) => void faults.push(fault),
    fetch: (input, init) => {
      const end = Promise.withResolvers<Response>();
      const signal = init?.signal ?? new AbortController().signal;
      signal.addEventListener("abort", () => end.reject(new DOMException("Aborted.", "AbortError")));
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const body = typeof init?.body === "string" ? init.body : null;
      if (body !== null) post(pathname, JSON.parse(body), end);
      else later(() => stream(signal, end.resolve));
      return end.promise;
    },
  };
}
