/**
 * A gateway in a worker: the page under test has the whole client in front of it, and none of the gateway's work on its
 * own thread. Its clock is virtual and driven in steps of one delta, so that every step is one task of the page.
 */
import {
  createFakeGateway,
  virtualClock,
  type ServerConnection,
  type Step,
} from "../../../packages/testing/src/index.ts";

import { DELTA_EVERY_MS, deltas, history } from "../scenario.ts";

/** From the page to the gateway. */
export type ToGateway =
  | {
      readonly kind: "seed";
      readonly length: number;
      readonly count: number;
      /** As real gateways send it: every delta carries the whole text so far, twice. Else only what is new. */
      readonly isCumulative: boolean;
    }
  | { readonly kind: "connect" }
  | { readonly kind: "frame"; readonly text: string }
  /** The clock stands still. */
  | { readonly kind: "hold" }
  /** It goes on. */
  | { readonly kind: "go" };

/** From the gateway to the page. */
export type FromGateway =
  | { readonly kind: "seeded" }
  | { readonly kind: "open" }
  | { readonly kind: "frames"; readonly frames: readonly string[]; readonly deltas: number }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has one peer, and no origin to name
const tell = (message: FromGateway) => self.postMessage(message);

const clock = virtualClock(Date.now());
const gateway = createFakeGateway({
  protocol: 4,
  clock,
  verifySignatures: false,
  timing: { deltaMs: 1, tickMs: 600_000 },
});

function answer(count: number): Step[] {
  const pieces = deltas(count).map((text) => [
    { do: "text", text } as const,
    { do: "wait", ms: DELTA_EVERY_MS } as const,
  ]);
  // It never ends: what a client does at the end of a run is not part of the stream.
  return [...pieces.flat(), { do: "hang" }];
}

function seed(length: number, count: number): void {
  const rows = history(length);
  const turns = Array.from({ length: length / 2 }, (_, turn) => ({
    user: rows[turn * 2]?.text ?? "",
    assistant: rows[turn * 2 + 1]?.text ?? "",
  }));
  gateway.seedSession("main", turns);
  gateway.setModel(() => answer(count));
}

let connection: ServerConnection | undefined;
let out: string[] = [];

function connect(): void {
  const opened = gateway.connect({
    address: "127.0.0.1",
    headers: { origin: self.location.origin, host: self.location.host },
    send: (text) => out.push(text),
    close: (code, reason) => tell({ kind: "close", code, reason }),
    terminate: () => tell({ kind: "close", code: 1006, reason: "" }),
  });
  connection = opened;
  tell({ kind: "open" });
}

interface TextFrame {
  readonly payload?: {
    message?: unknown;
    readonly deltaText?: string;
    readonly stream?: string;
    data?: object;
  };
}

/** A frame without the text that was sent before. Every frame stays, since clients count them. */
function increment(text: string): string {
  if (!text.includes('"deltaText"') && !text.includes('"stream":"assistant"')) return text;
  const frame: TextFrame = JSON.parse(text);
  if (frame.payload?.deltaText !== undefined) delete frame.payload.message;
  if (frame.payload?.stream === "assistant") frame.payload.data = {};
  return JSON.stringify(frame);
}

let isCumulative = false;

/** Everything of one step of the clock is one message, hence one task of the page. */
function flush(): void {
  if (out.length === 0) return;
  const frames = isCumulative ? out : out.map(increment);
  out = [];
  const count = frames.filter((text) => text.includes('"deltaText"')).length;
  tell({ kind: "frames", frames, deltas: count });
}

function step(): void {
  clock.advance(DELTA_EVERY_MS);
  flush();
  gateway.clearLog();
}

let isHeld = false;
let next = performance.now();
function tick(): void {
  if (isHeld) return;
  for (; next <= performance.now(); next += DELTA_EVERY_MS) step();
  setTimeout(tick, next - performance.now());
}

function go(): void {
  isHeld = false;
  next = performance.now();
  tick();
}
go();

self.addEventListener("message", ({ data }: MessageEvent<ToGateway>) => {
  switch (data.kind) {
    case "seed":
      isCumulative = data.isCumulative;
      seed(data.length, data.count);
      return tell({ kind: "seeded" });
    case "connect":
      return connect();
    case "frame":
      connection?.receive(data.text);
      return flush();
    case "hold":
      isHeld = true;
      return undefined;
    case "go":
      return go();
  }
});
