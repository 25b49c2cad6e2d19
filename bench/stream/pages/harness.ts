/** What every page of the comparison has: mounting by the clock, deltas by the clock, and what the reader would notice. */
import { DELTA_EVERY_MS, deltas } from "../scenario.ts";

/** A chat that can be measured. */
export interface Contestant {
  /** Gets `length` stored messages ready without showing anything; an answer of `count` deltas will follow. */
  prepare(length: number, count: number): Promise<void> | void;
  /** Shows the thread. */
  mount(container: HTMLElement): void;
  /** A question has been asked and its answer has begun. */
  ask(): Promise<void> | void;
  /** Brings the next delta of the answer. */
  delta?(text: string): void;
  /** Has `count` deltas come at the same pace from elsewhere, in place of {@link Contestant.delta}. */
  stream?(count: number): Promise<void>;
  /** Rows of the thread that rendered again although their message did not change. */
  otherRenders(): number;
  /** Renders of the row that streams. */
  streamRenders(): number;
}

/** What was seen while an answer streamed. */
export interface StreamSeen {
  readonly wallMs: number;
  /** 0 where they were not counted. */
  readonly frames: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  readonly otherRenders: number;
  readonly streamRenders: number;
}

/** What the driver calls, in this order. */
export interface Bench {
  prepare(length: number, count: number): Promise<void>;
  /** Milliseconds from the call of render to the second animation frame after it. */
  mount(): Promise<number>;
  /** @param countsFrames asks for every frame, which costs script time of its own */
  stream(count: number, countsFrames: boolean): Promise<StreamSeen>;
  domNodes(): number;
}

declare global {
  interface Window {
    bench: Bench;
  }
}

const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** What is held back (throttles, animation frames) is painted by then. */
const SETTLE_MS = 300;

function watchLongTasks(): () => number[] {
  const seen: number[] = [];
  const take = (list: PerformanceObserverEntryList) =>
    seen.push(...list.getEntries().map(({ duration }) => duration));
  const observer = new PerformanceObserver(take);
  observer.observe({ entryTypes: ["longtask"] });
  return () => {
    seen.push(...observer.takeRecords().map(({ duration }) => duration));
    observer.disconnect();
    return seen;
  };
}

function watchFrames(): () => number {
  let frames = 0;
  let stopped = false;
  const count = () => {
    if (stopped) return;
    frames += 1;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  return () => {
    stopped = true;
    return frames;
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One delta every {@link DELTA_EVERY_MS}, each in a task of its own. A chat that cannot follow gets the next one when it
 * has dealt with the last, so that nobody saves work by falling behind.
 */
async function pace(contestant: Contestant, count: number): Promise<void> {
  const pieces = deltas(count);
  const began = performance.now();
  for (let sent = 0; sent < count; sent += 1) {
    await sleep(Math.max(0, began + (sent + 1) * DELTA_EVERY_MS - performance.now()));
    contestant.delta?.(pieces[sent] ?? "");
  }
}

/** Puts a contestant on the page. */
export function expose(contestant: Contestant): void {
  window.bench = {
    async prepare(length, count) {
      await contestant.prepare(length, count);
    },
    async mount() {
      const main = document.querySelector("main");
      if (main === null) throw new Error("the page has no main element");
      const began = performance.now();
      contestant.mount(main);
      await frame();
      await frame();
      return performance.now() - began;
    },
    async stream(count, countsFrames) {
      await contestant.ask();
      await sleep(SETTLE_MS);
      const others = contestant.otherRenders();
      const own = contestant.streamRenders();
      const longTasks = watchLongTasks();
      const frames = countsFrames ? watchFrames() : () => 0;
      const began = performance.now();
      if (contestant.stream) await contestant.stream(count);
      else await pace(contestant, count);
      const wallMs = performance.now() - began;
      const seenFrames = frames();
      await sleep(SETTLE_MS);
      const tasks = longTasks();
      return {
        wallMs,
        frames: seenFrames,
        longTasks: tasks.length,
        longestTaskMs: Math.max(0, ...tasks),
        otherRenders: contestant.otherRenders() - others,
        streamRenders: contestant.streamRenders() - own,
      };
    },
    domNodes: () => document.querySelectorAll("main *").length,
  };
}

/** Counts renders by row. */
export class RenderCount {
  readonly #first = new Set<string>();
  #others = 0;
  #stream = 0;
  /** The id of the message that streams. */
  streaming: string | null = null;

  /** A row renders. Its first time is no render "again". */
  row(id: string): void {
    if (id === this.streaming) this.#stream += 1;
    else if (this.#first.has(id)) this.#others += 1;
    this.#first.add(id);
  }

  get others(): number {
    return this.#others;
  }

  get stream(): number {
    return this.#stream;
  }
}
