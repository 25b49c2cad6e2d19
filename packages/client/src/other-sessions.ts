import { requestOver, type ChatContext } from "./chat-context.ts";
import type { Stop } from "./environment.ts";
import { QUIET_RUN_MS, silentSend } from "./quiet-runs.ts";
import type { SendDesk } from "./send-desk.ts";
import { answeredSends } from "./stored-rows.ts";

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
  #dueAt = 0;
  /** Sessions in which nothing is missing but the answer of a run that says nothing. */
  readonly #silent = new Set<string>();

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

  /** A send changed. */
  sendChanged(sessionKey: string): void {
    this.#silent.delete(sessionKey);
    this.#plan();
  }

  /** Looks again in a while, for as long as a send waits somewhere. */
  #plan(): void {
    const { gateway, environment } = this.#host.context;
    const waiting = this.#waiting();
    if (gateway === null || waiting.length === 0) return;
    const ms = waiting.every((key) => this.#silent.has(key)) ? QUIET_RUN_MS : LOOK_MS;
    const dueAt = environment.now() + ms;
    if (this.#stopTimer !== null && this.#dueAt <= dueAt) return;
    this.#stopTimer?.();
    this.#dueAt = dueAt;
    this.#stopTimer = environment.after(ms, () => {
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
      const answered = answeredSends(snapshot.rows, (index) => snapshot.sendOfRow.get(index));
      const facts = { answered, now: context.environment.now() };
      const silent = silentSend(desk.entriesOf(sessionKey), gateway, facts);
      desk.settle(sessionKey, {
        found: snapshot.foundSends,
        held: snapshot.heldSends,
        unreached: snapshot.unreachedSends,
        provedByWords: snapshot.provedByWords,
        userRows: snapshot.userRows,
        answered,
        isBusy: snapshot.inFlight !== null || silent !== null,
      });
      if (silent !== null && snapshot.foundSends.has(silent.sendId)) this.#silent.add(sessionKey);
    } catch {
      if (context.gateway === gateway) desk.unblock(sessionKey);
    }
    this.#plan();
  }
}
