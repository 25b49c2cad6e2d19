import * as v from "valibot";
import { type Instance, instanceEvents } from "../api/instance.ts";

/** What a page knows of one gateway while it watches. */
export interface FeedView {
  readonly instance: Instance;
  /** When the browser heard of it, by the browser's clock: elapsed times count on from here. */
  readonly heardAt: number;
  /** How many states the feed has told. */
  readonly told: number;
  /** The last lines of the gateway's output, oldest first. */
  readonly lines: readonly string[];
  /** False while the connection is lost: what is shown may be old. */
  readonly live: boolean;
}

/** What came of a command; it may have been overtaken by what the feed told meanwhile. */
interface CommandAnswer {
  readonly kind: "answer";
  readonly instance: Instance;
  readonly at: number;
  /** How many states the feed had told when the command was given. */
  readonly askedAfter: number;
}

export type FeedEvent =
  | CommandAnswer
  | { readonly kind: "state"; readonly instance: Instance; readonly at: number }
  | { readonly kind: "log"; readonly lines: readonly string[] }
  /** A (new) connection: its first lines are the last ones again. */
  | { readonly kind: "opened" }
  | { readonly kind: "lost" };

/** More would make the page slow and tell nobody anything. */
const KEPT_LINES = 500;

export function reduceFeed(view: FeedView, event: FeedEvent): FeedView {
  switch (event.kind) {
    case "state":
      return { ...view, instance: event.instance, heardAt: event.at, told: view.told + 1 };
    case "answer":
      return event.askedAfter === view.told ? { ...view, instance: event.instance, heardAt: event.at } : view;
    case "log":
      return { ...view, lines: [...view.lines, ...event.lines].slice(-KEPT_LINES) };
    case "opened":
      return { ...view, live: true, lines: [] };
    case "lost":
      return { ...view, live: false };
  }
}

/** The part of the browser's EventSource that is used here. */
interface Source {
  /** 2 once it is closed for good. */
  readonly readyState: number;
  addEventListener(name: string, listener: (event: Event) => void): void;
  close(): void;
}

const CLOSED = 2;
const OPEN_AGAIN_MS = 3_000;

/**
 * Watches one gateway until it is told to stop. The browser reconnects by itself, but gives up at the first answer that
 * is none, such as a 503 of a server whose database is away.
 *
 * @returns What stops it.
 */
export function watchInstance(
  id: string,
  tell: (event: FeedEvent) => void,
  open: (url: string) => Source = (url) => new EventSource(url),
  now: () => number = Date.now,
): () => void {
  let source: Source;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    source = open(`/api/instances/${id}/events`);
    source.addEventListener("open", () => tell({ kind: "opened" }));
    source.addEventListener("error", () => {
      tell({ kind: "lost" });
      if (source.readyState === CLOSED) timer = setTimeout(start, OPEN_AGAIN_MS);
    });
    source.addEventListener("state", (event: Event) => {
      const instance = parsed(instanceEvents.state, event);
      if (instance) tell({ kind: "state", instance, at: now() });
    });
    source.addEventListener("log", (event: Event) => {
      const log = parsed(instanceEvents.log, event);
      if (log) tell({ kind: "log", lines: log.lines });
    });
  };
  start();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  event: Event,
): v.InferOutput<Schema> | undefined {
  if (!("data" in event) || typeof event.data !== "string") return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(event.data));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whole seconds since the phase began. `now` may be older than the news: a clock that ticks each second was last read
 * before they came.
 */
export function phaseSeconds(phase: NonNullable<Instance["phase"]>, heardAt: number, now: number): number {
  return Math.round((phase.elapsedMs + Math.max(0, now - heardAt)) / 1000);
}
