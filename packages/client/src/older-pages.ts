import { requestOver, type ChatContext, type LiveGateway } from "./chat-context.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import type { Projection } from "./projection-state.ts";

/** How many pages one wish for earlier messages may read: a history of hidden rows must not be read whole at once. */
const MOST_PAGES = 20;

/** The session whose earlier pages are wanted. */
interface PagesOwner {
  readonly sessionKey: string;
  readonly pageSize: number;
  projection(): Projection;
  loaded(snapshot: HistorySnapshot): void;
  /** It began, or ended, to load. */
  changed(): void;
}

/** Reads back in a history, a page before the oldest row at a time. */
export class OlderPages {
  readonly #context: ChatContext;
  readonly #owner: PagesOwner;
  #isLoading = false;

  constructor(context: ChatContext, owner: PagesOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** What is on its way is not waited for any more. */
  stop(): void {
    this.#isLoading = false;
  }

  async load(): Promise<void> {
    const { gateway } = this.#context;
    if (gateway === null || this.#isLoading || typeof this.#owner.projection().olderFrom !== "number") return;
    this.#isLoading = true;
    this.#owner.changed();
    try {
      // A page of rows that are hidden, or here already, is none to the person.
      for (let pages = 0; pages < MOST_PAGES && (await this.#loadPage(gateway)); pages += 1);
    } finally {
      this.#isLoading = false;
      this.#owner.changed();
    }
  }

  /** @returns whether the page had nothing new and another one is before it */
  async #loadPage(gateway: LiveGateway): Promise<boolean> {
    const { sessionKey, pageSize: limit } = this.#owner;
    const { rows, olderFrom: from } = this.#owner.projection();
    if (rows === null || typeof from !== "number") return false;
    const query = { sessionKey, limit, sends: [], loaded: rows.length, from };
    const snapshot = await gateway.dialect.older((call) => requestOver(this.#context, call), query);
    const before = this.#owner.projection();
    // What is here may be another conversation by now, or begin elsewhere.
    if (this.#context.gateway?.epoch !== gateway.epoch || before.rows?.[0]?.id !== rows[0]?.id) return false;
    this.#owner.loaded(snapshot);
    const { olderFrom, transcript } = this.#owner.projection();
    return transcript.order === before.transcript.order && typeof olderFrom === "number" && olderFrom > from;
  }
}
