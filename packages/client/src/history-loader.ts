import type { ChatContext, LiveGateway } from "./chat-context.ts";
import { requestOver } from "./chat-context.ts";
import type { HistoryRequest } from "./dialect.ts";
import type { Stop } from "./environment.ts";
import { ConnectionLostError } from "./errors.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";

/** After a run's end its rows may lag behind: the delays at which they are looked for again, milliseconds. */
const RETRY_MS: readonly number[] = [250, 500, 1_000];
/** Ends of runs come in groups; one look serves them all, milliseconds. */
export const DEBOUNCE_MS = 100;
/** After a failed look, milliseconds. */
const AFTER_FAILURE_MS = 2_000;

/** What the loader needs from the session that it serves. */
export interface HistoryHost {
  query(): HistoryRequest;
  /** Value to remember before the request goes out. */
  mark(): number;
  loaded(snapshot: HistorySnapshot, mark: number): void;
  failed(error: unknown): void;
  /** Something is still missing from the history. */
  isWaiting(): boolean;
  /** The retries are used up. */
  gaveUp(mark: number): void;
}

/** Looks at the history of one session: never twice at once, again when asked meanwhile, and again until it is whole. */
export class HistoryLoader {
  readonly #context: ChatContext;
  readonly #host: HistoryHost;
  #stopTimer: Stop | null = null;
  #dueAt = 0;
  #busy = false;
  #again = false;
  #retries = 0;
  #generation = 0;

  constructor(context: ChatContext, host: HistoryHost) {
    this.#context = context;
    this.#host = host;
  }

  /** Looks after `ms` milliseconds, or sooner if an earlier look is planned. A fresh wish starts the retries anew. */
  plan(ms: number): void {
    this.#retries = 0;
    this.#schedule(ms);
  }

  /** Forgets plans and running requests; their answers are thrown away. */
  stop(): void {
    this.#generation += 1;
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#busy = false;
    this.#again = false;
    this.#retries = 0;
  }

  /** Looks now. */
  async look(): Promise<void> {
    const { gateway } = this.#context;
    if (gateway === null) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#busy = true;
    const generation = (this.#generation += 1);
    const mark = this.#host.mark();
    try {
      const snapshot = await this.#fetch(gateway);
      if (generation !== this.#generation) return;
      this.#busy = false;
      this.#host.loaded(snapshot, mark);
      this.#afterwards(mark);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#busy = false;
      if (error instanceof ConnectionLostError) return;
      this.#host.failed(error);
      this.#schedule(AFTER_FAILURE_MS);
    }
  }

  #fetch(gateway: LiveGateway): Promise<HistorySnapshot> {
    return gateway.dialect.history((call) => requestOver(this.#context, call), this.#host.query());
  }

  #afterwards(mark: number): void {
    if (this.#again) {
      this.#again = false;
      return this.#schedule(0);
    }
    if (!this.#host.isWaiting()) {
      this.#retries = 0;
      return;
    }
    const delay = RETRY_MS[this.#retries];
    if (delay === undefined) return this.#host.gaveUp(mark);
    this.#retries += 1;
    this.#schedule(delay);
  }

  #schedule(ms: number): void {
    const { environment } = this.#context;
    const dueAt = environment.now() + ms;
    if (this.#stopTimer !== null && this.#dueAt <= dueAt) return;
    this.#stopTimer?.();
    this.#dueAt = dueAt;
    this.#stopTimer = environment.after(ms, () => {
      this.#stopTimer = null;
      void this.look();
    });
  }
}
