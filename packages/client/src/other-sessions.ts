import { requestOver, type ChatContext } from "./chat-context.ts";
import type { Stop } from "./environment.ts";
import type { SendDesk } from "./send-desk.ts";

/** How long after a change, and between two looks, milliseconds. */
const LOOK_MS = 5_000;

/** What is needed of the chat around. */
export interface OtherSessionsHost {
  readonly context: ChatContext;
  readonly desk: SendDesk;
  /** Rows per look. */
  readonly pageSize: number;
  isOpen(sessionKey: string): boolean;
}

/** Sends into sessions that are not open: nobody watches those, but what was sent there must arrive, too. */
export class OtherSessions {
  readonly #host: OtherSessionsHost;
  #stopTimer: Stop | null = null;

  constructor(host: OtherSessionsHost) {
    this.#host = host;
  }

  /** A connection is there, and the fate of everything that was sent before is open. */
  connected(): void {
    for (const key of this.#host.desk.sessions()) if (!this.#host.isOpen(key)) void this.look(key);
  }

  /** A session is no longer open, and what was asked of its history will not be answered. */
  left(sessionKey: string): void {
    if (this.#host.desk.hasWork(sessionKey)) void this.look(sessionKey);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** Looks again in a while, for as long as a send waits somewhere. */
  changed(): void {
    const { context } = this.#host;
    if (context.gateway === null || this.#stopTimer !== null || this.#waiting().length === 0) return;
    this.#stopTimer = context.environment.after(LOOK_MS, () => {
      this.#stopTimer = null;
      for (const key of this.#waiting()) void this.look(key);
    });
  }

  #waiting(): string[] {
    const host = this.#host;
    return host.desk.sessions().filter((key) => !host.isOpen(key) && host.desk.hasWork(key));
  }

  /** Settles the sends of one session by what its history says. */
  async look(sessionKey: string): Promise<void> {
    const { context, desk, pageSize } = this.#host;
    const { gateway } = context;
    if (gateway === null) return;
    const query = { sessionKey, limit: pageSize, sends: desk.sought(sessionKey) };
    try {
      const snapshot = await gateway.dialect.history((call) => requestOver(context, call), query);
      if (context.gateway !== gateway) return;
      desk.settle(sessionKey, {
        found: snapshot.foundSends,
        held: snapshot.heldSends,
        unreached: snapshot.unreachedSends,
        provedByWords: snapshot.provedByWords,
        userRows: snapshot.userRows,
        // Whether an answer follows is not known here, and only matters to the session that is open.
        answered: snapshot.foundSends,
        isBusy: snapshot.inFlight !== null,
      });
    } catch {
      if (context.gateway === gateway) desk.unblock(sessionKey);
    }
    this.changed();
  }
}
