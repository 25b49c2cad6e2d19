import { sessionsMark, type SessionSummary } from "@automna/protocol";

import { requestOver, type ChatContext } from "./chat-context.ts";
import type { Stop } from "./environment.ts";
import { ConnectionLostError } from "./errors.ts";

/** What of a session's row says whether somebody has read it. */
type Row = Pick<
  SessionSummary,
  "unread" | "updatedAt" | "lastInteractionAt" | "markedUnreadAt" | "hasActiveRun"
>;

/** Where only `updatedAt` is known, which the word itself moves: the pause between two words, milliseconds. */
const PAUSE_MS = 30_000;

/**
 * Which sessions have news for the person. What was read is told to a gateway that keeps it for all of its clients
 * (version 4), and is remembered here for one that does not, or takes no such word from this client.
 */
export class ReadMarks {
  readonly #context: ChatContext;
  /** Sessions in which something happened while another one was open. */
  readonly #news = new Set<string>();
  /** How far a session was seen, by the gateway's clock. */
  readonly #seen = new Map<string, number>();
  /** How far the gateway was told: one that does not heed it is not told again. */
  readonly #told = new Map<string, { readonly until: number; readonly at: number }>();
  #stopWake: Stop = () => {};

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** Something happened in a session that is not open. */
  happened(key: string): void {
    this.#news.add(key);
  }

  /** A session was opened, or is gone. */
  settled(key: string): void {
    this.#news.delete(key);
  }

  /** @param row what the gateway's list says */
  isUnread(key: string, row: Row): boolean {
    if (this.#news.has(key)) return true;
    return row.unread === true && updatedAt(row) > (this.#seen.get(key) ?? 0);
  }

  /** The person has the session before them, as the gateway just told it; once they look, if nobody looks now. */
  shown(key: string, row: Row): void {
    const { environment } = this.#context;
    this.#stopWake();
    if (environment.isVisible?.() === false) {
      this.#stopWake = environment.onWake(() => {
        if (this.#context.read().sessionKey === key) this.shown(key, row);
      });
      return;
    }
    this.#seen.set(key, updatedAt(row));
    // What was marked by hand stays unread, whatever it is told.
    if (row.unread === true && row.markedUnreadAt === undefined && row.hasActiveRun !== true)
      this.#tell(key, row);
  }

  stop(): void {
    this.#stopWake();
    this.#told.clear();
  }

  #tell(key: string, row: Row): void {
    const { gateway, environment } = this.#context;
    const { canRename } = this.#context.read().capabilities ?? {};
    const call = gateway && sessionsMark(gateway.dialect.protocol, key, { unread: false });
    if (!call || canRename !== true) return;
    const at = environment.now();
    const until = row.lastInteractionAt ?? updatedAt(row);
    const told = this.#told.get(key);
    if (told && (told.until === until || (row.lastInteractionAt === undefined && at < told.at + PAUSE_MS)))
      return;
    this.#told.set(key, { until, at });
    requestOver(this.#context, call).catch((error: unknown) => {
      if (error instanceof ConnectionLostError) this.#told.delete(key);
    });
  }
}

function updatedAt(row: Row): number {
  return row.updatedAt ?? 0;
}
