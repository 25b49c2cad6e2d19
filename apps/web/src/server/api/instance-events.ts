import { findOwnedInstance } from "@automna/control-plane/database";
import { NoSuchGatewayError } from "../gateways.ts";
import { instanceView } from "../instance-view.ts";
import type { ApiOptions, Handler } from "./api.ts";

/** Lines of output at the beginning. */
const LINES = 200;
const LOG_EVERY_MS = 1_000;
/** Longer than anything between us and the browser stays silent about a dead line. */
const HEARTBEAT_MS = 15_000;

/** Tells the owner what happens to a gateway: its state whenever it changes, and what it writes to its log. */
export const eventsHandler: Handler = async ({ request, clerkId, id }, options) => {
  const first = await findOwnedInstance(options.database, id, clerkId);
  if (!first) throw new NoSuchGatewayError();
  const ending = new AbortController();
  const signal = AbortSignal.any([request.signal, ending.signal]);
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => tell(controller, { id, clerkId, signal, ending }, options),
    cancel: () => ending.abort(),
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      // nginx would collect events before it passes them on.
      "x-accel-buffering": "no",
    },
  });
};

interface Listening {
  readonly id: string;
  readonly clerkId: string;
  readonly signal: AbortSignal;
  readonly ending: AbortController;
}

const encoder = new TextEncoder();

function tell(
  controller: ReadableStreamDefaultController<Uint8Array>,
  { id, clerkId, signal, ending }: Listening,
  options: ApiOptions,
): void {
  const { feed, database, reportError, now, limits } = options;
  const send = (text: string) => {
    if (!signal.aborted) controller.enqueue(encoder.encode(text));
  };
  const sendState = async () => {
    const instance = await findOwnedInstance(database, id, clerkId);
    if (!instance) return ending.abort();
    send(`event: state\ndata: ${JSON.stringify(instanceView(instance, now(), limits))}\n\n`);
  };
  const log = logFollower(options, id, (lines) => send(`event: log\ndata: ${JSON.stringify({ lines })}\n\n`));
  // One after the other: a later state never overtakes an earlier one.
  let turn = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(() => (signal.aborted ? undefined : work())).catch(reportError);
  };
  const unsubscribe = feed.subscribe((changed) => {
    if (changed === null || changed === id) inTurn(sendState);
  });
  const timers = [
    setInterval(() => inTurn(log), LOG_EVERY_MS),
    setInterval(() => send(": still here\n\n"), HEARTBEAT_MS),
  ];
  signal.addEventListener("abort", () => {
    unsubscribe();
    for (const timer of timers) clearInterval(timer);
    try {
      controller.close();
    } catch {
      // Whoever listened has gone already.
    }
  });
  inTurn(sendState);
  inTurn(log);
}

/** Tells the last lines at first, then those that were not there the time before. */
function logFollower(
  { logs }: ApiOptions,
  id: string,
  send: (lines: readonly string[]) => void,
): () => Promise<void> {
  let before: readonly string[] = [];
  return async () => {
    const lines = await logs(id, LINES);
    const fresh = newLines(before, lines);
    before = lines;
    if (fresh.length > 0) send(fresh);
  };
}

/** What came after the lines that were seen before, when both are the end of one log. */
export function newLines(before: readonly string[], lines: readonly string[]): readonly string[] {
  if (before.length === 0) return lines;
  for (let start = 0; start <= lines.length; start++) {
    const overlap = lines.slice(0, lines.length - start);
    const tail = before.slice(before.length - overlap.length);
    if (overlap.length <= before.length && overlap.every((line, at) => line === tail[at]))
      return lines.slice(overlap.length);
  }
  return lines;
}
