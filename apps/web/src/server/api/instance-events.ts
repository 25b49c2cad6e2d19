import {
  findOwnedInstance,
  IdentityDeletedError,
  type InstanceRecord,
  refuseDeleted,
} from "@automna/control-plane/database";
import { NoSuchGatewayError } from "../gateways.ts";
import { instanceView } from "../instance-view.ts";
import { type Problem, problemResponse } from "../problem.ts";
import type { ApiOptions, Handler } from "./api.ts";

/** Lines of output at the beginning. */
const LINES = 200;
const LOG_EVERY_MS = 1_000;
/** Longer than anything between us and the browser stays silent about a dead line. */
const HEARTBEAT_MS = 15_000;

const TOO_MANY_STREAMS: Problem = {
  status: 429,
  code: "too-many-streams",
  title: "Too many requests",
  detail:
    "You watch as many gateways at once as one person may. Close a page that shows one, then try again.",
};

/** Tells the owner what happens to a gateway: its state whenever it changes, and what it writes to its log. */
export const eventsHandler: Handler = async ({ request, clerkId, sessionId, id }, options) => {
  const ending = options.streams.open({ sessionId, clerkId }, request.signal);
  if (!ending) return problemResponse(TOO_MANY_STREAMS, HEARTBEAT_MS);
  try {
    // It is heard from now on when the sign-in ends; it may have ended since somebody looked.
    if (!(await options.identify(request.headers, request.url))) ending.abort();
    if (!(await findWatched(options, id, clerkId))) throw new NoSuchGatewayError();
  } catch (error) {
    ending.abort();
    throw error;
  }
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => tell(controller, { id, clerkId, ending }, options),
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
  readonly ending: AbortController;
}

const encoder = new TextEncoder();

/** What the person may be told of. @throws IdentityDeletedError */
async function findWatched(
  { database }: ApiOptions,
  id: string,
  clerkId: string,
): Promise<InstanceRecord | null> {
  await refuseDeleted(database, clerkId);
  return findOwnedInstance(database, id, clerkId);
}

function tell(
  controller: ReadableStreamDefaultController<Uint8Array>,
  { id, clerkId, ending }: Listening,
  options: ApiOptions,
): void {
  const { feed, reportError, now, limits } = options;
  const { signal } = ending;
  // Nobody reads it, and nothing would end it.
  if (signal.aborted) return controller.close();
  const send = (text: string) => {
    if (!signal.aborted) controller.enqueue(encoder.encode(text));
  };
  const sendState = async () => {
    const instance = await findWatched(options, id, clerkId).catch(noneOfTheDeleted);
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

function noneOfTheDeleted(error: unknown): null {
  if (error instanceof IdentityDeletedError) return null;
  throw error;
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
