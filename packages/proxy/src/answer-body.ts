import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";

import type { Dispatcher } from "undici";

import { flushSoon } from "./answer-flush.ts";
import type { Flushable } from "./answer-flush.ts";

/** Answers up to this size leave in one string with their head: a write of one piece is cheaper than of two. */
const SMALL_ANSWER_BYTES = 4_096;
/** How much of an answer may wait for a slow client. Pausing the upstream for less costs more than it saves. */
const UNSENT_BYTES = 262_144;
/** A piece that only lacks so much is held until the end of the turn: mostly the tail is there and leaves with it. */
const TAIL_BYTES = 65_536;

/** The body of an answer on its way to a client: in as few writes as can be, and no faster than the client reads. */
export class AnswerBody implements Flushable {
  bytes = 0;
  readonly #res: ServerResponse;
  readonly #controller: Dispatcher.DispatchController;
  /** What rewrites it on the way. */
  readonly #sink: Writable | undefined;
  readonly #expected: number;
  #last: Buffer | undefined;
  #held: Buffer | undefined;
  #wrote = false;
  #waitsForDrain = false;

  /** @param expected Its length, -1 if that is not known. */
  constructor(
    res: ServerResponse,
    controller: Dispatcher.DispatchController,
    sink: Writable | undefined,
    expected: number,
  ) {
    this.#res = res;
    this.#controller = controller;
    this.#sink = sink;
    this.#expected = expected;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const missing = this.#expected - this.bytes;
    if (missing === 0) {
      this.#last = chunk;
      return;
    }
    if (this.#held) this.#write(this.#held);
    this.#held = undefined;
    if (missing > 0 && missing <= TAIL_BYTES) {
      this.#held = chunk;
      flushSoon(this);
    } else {
      this.#write(chunk);
    }
  }

  /** Sends the head of an answer whose body did not come with it, or the part whose tail did not. */
  flush(): void {
    if (this.#res.writableEnded || this.#res.destroyed) return;
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#write(held);
    else if (!this.#wrote) this.#res.flushHeaders();
  }

  end(): void {
    const res = this.#res;
    if (this.#held) res.write(this.#held);
    this.#held = undefined;
    if (this.#sink) this.#sink.end();
    else if (!this.#last) res.end();
    else if (this.#last.length > SMALL_ANSWER_BYTES) res.end(this.#last);
    else res.end(this.#last.toString("latin1"), "latin1");
  }

  #write(chunk: Buffer): void {
    this.#wrote = true;
    const into = this.#sink ?? this.#res;
    if (into.write(chunk) || into.writableLength < UNSENT_BYTES) return;
    this.#controller.pause();
    if (this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    into.once("drain", () => {
      this.#waitsForDrain = false;
      this.#controller.resume();
    });
  }
}
