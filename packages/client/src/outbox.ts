import { sameBoot, type BootIdentity } from "@automna/protocol";

import type { GatewayDialect } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import type { OutboxEntry } from "./outbox-entry.ts";

/** How often one message is put on a wire before the person is asked. */
export const MAX_ATTEMPTS = 6;

/** How long an acknowledged send may be without a row before it is doubted, milliseconds. */
const ACK_TRUST_MS = 10_000;

/** How long a message whose run was not heard of may still be waiting for it when no run goes on, milliseconds. */
const QUEUE_TRUST_MS = 30_000;

/** What has to happen to one entry. */
export type OutboxAction =
  /** The gateway has it; it leaves the outbox. */
  | { readonly do: "seen"; readonly sendId: string }
  /** Put it on the wire (again), with the same key. */
  | { readonly do: "send"; readonly sendId: string }
  /** It has to go (again), but must wait behind an undecided one. */
  | { readonly do: "hold"; readonly sendId: string }
  /** Its run was seen ending and no row is kept of it: it stays on the screen and leaves the outbox. */
  | { readonly do: "settled"; readonly sendId: string }
  /** The gateway has it, died before it could answer, and will not resume: the person may ask again. */
  | { readonly do: "interrupted"; readonly sendId: string }
  /** Sending it again might run it twice: the person decides. */
  | { readonly do: "unconfirmed"; readonly sendId: string };

/** What is known when the outbox is settled: right after a history was loaded. */
export interface SettleFacts {
  readonly dialect: Pick<GatewayDialect, "resumesRuns" | "dedupeMs" | "storesEverySend">;
  readonly boot: BootIdentity;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Sends of which the gateway keeps a row. */
  readonly found: ReadonlySet<string>;
  /** Sends that the gateway works on, or holds, without having stored them: nothing is decided about them yet. */
  readonly held: ReadonlySet<string>;
  /** Of those, the ones that an answer follows. */
  readonly answered: ReadonlySet<string>;
  /** Sends that were not found, and may be where the history was not looked through. */
  readonly unreached: ReadonlySet<string>;
  /** A run goes on in the session. */
  readonly isBusy: boolean;
  /** Sends that are on the wire of the present connection and still wait for their acknowledgement. */
  readonly onWire: ReadonlySet<string>;
  /** Sends that the present connection carried. A row of theirs may be on its way. */
  readonly carried: ReadonlySet<string>;
}

/**
 * The gateway has the message. Where a crash would leave it without an answer for good, the entry stays until the answer
 * is there: only its boot can tell of the crash.
 */
function settleFound(entry: OutboxEntry, isSameBoot: boolean, facts: SettleFacts): OutboxAction | null {
  const { sendId } = entry;
  const isEnded = entry.runEnded === true || entry.stopWanted === true;
  const isOver = facts.answered.has(sendId) || isEnded || entry.boot === null;
  if (isOver || facts.dialect.resumesRuns) return { do: "seen", sendId };
  if (!isSameBoot) return { do: "interrupted", sendId };
  const mayRun = facts.isBusy || facts.now - entry.sentAt < QUEUE_TRUST_MS;
  return mayRun && entry.state === "acked" ? null : { do: "seen", sendId };
}

function settleOne(entry: OutboxEntry, facts: SettleFacts): OutboxAction | null {
  const { sendId, state } = entry;
  const isFound = facts.found.has(sendId);
  const isSameBoot = entry.boot !== null && sameBoot(entry.boot, facts.boot);
  if (state === "failed") return isFound ? { do: "seen", sendId } : null;
  if (isFound) return settleFound(entry, isSameBoot, facts);
  if (state === "unconfirmed" || facts.onWire.has(sendId)) return null;
  if (facts.held.has(sendId)) return null;
  // Another boot does not know its key any more, so it must be certain that it is nowhere.
  const mayBeStored = !isSameBoot && entry.boot !== null && facts.unreached.has(sendId);
  const isStopped = entry.stopWanted === true;
  if (state === "queued") return { do: mayBeStored || isStopped ? "unconfirmed" : "send", sendId };
  const mayComeUp = facts.isBusy || facts.now - entry.sentAt < QUEUE_TRUST_MS;
  if (entry.runEnded === true) {
    if (entry.queuedBehind === true) return isSameBoot && mayComeUp ? null : { do: "unconfirmed", sendId };
    if (!facts.dialect.storesEverySend) {
      // It may wait in the memory of a gateway that would lose it.
      if (entry.endUnseen === true && !isSameBoot) return { do: "unconfirmed", sendId };
      return entry.endUnseen === true && mayComeUp ? null : { do: "settled", sendId };
    }
    return facts.now - entry.sentAt < ACK_TRUST_MS ? null : { do: "unconfirmed", sendId };
  }
  if (isStopped) return isSameBoot && mayComeUp ? null : { do: "unconfirmed", sendId };
  if (facts.carried.has(sendId) && state === "acked" && facts.now - entry.sentAt < ACK_TRUST_MS) return null;
  if (mayBeStored || entry.attempts >= MAX_ATTEMPTS) return { do: "unconfirmed", sendId };
  if (isSameBoot && facts.now - entry.sentAt > facts.dialect.dedupeMs) return { do: "unconfirmed", sendId };
  return { do: "send", sendId };
}

/**
 * What to do with every own send of a session, now that its history is known. Pure. Order is kept:
 * nothing is sent past an entry that is undecided.
 */
export function settleOutbox(entries: readonly OutboxEntry[], facts: SettleFacts): OutboxAction[] {
  const actions: OutboxAction[] = [];
  let isBlocked = false;
  for (const entry of entries) {
    const action = settleOne(entry, facts);
    if (isBlocked && action?.do === "send") {
      if (entry.state !== "queued") actions.push({ do: "hold", sendId: entry.sendId });
      continue;
    }
    if (action !== null) actions.push(action);
    const leaves = action !== null && action.do !== "send" && action.do !== "unconfirmed";
    isBlocked ||= !leaves && (entry.state === "unconfirmed" || action?.do === "unconfirmed");
  }
  return actions;
}

/**
 * Behind which row the own one of an entry can only be, now that some rows are known to be those of other sends with the
 * same words: a row proves one send, also when that one is forgotten.
 */
export function rowBefore(
  { sendId, text, after }: OutboxEntry,
  { provedByWords, userRows }: Pick<HistorySnapshot, "provedByWords" | "userRows">,
): OutboxEntry["after"] {
  // Nothing is known of its place, or it never left.
  if (after === undefined) return after;
  const equal = provedByWords.filter((proof) => proof.text.trim() === text.trim());
  const own = equal.find((proof) => proof.sendId === sendId);
  const end = own === undefined ? userRows.length : userRows.indexOf(own.row);
  const start = after === null ? -1 : userRows.indexOf(after);
  const rows = equal.map(({ row }) => userRows.indexOf(row)).filter((at) => at > start && at < end);
  return userRows[Math.max(...rows)] ?? after;
}

/** The next entry that may be put on the wire, or `null`: one at a time, in order. */
export function nextToSend(entries: readonly OutboxEntry[]): OutboxEntry | null {
  for (const entry of entries) {
    if (entry.state === "queued") return entry;
    if (entry.state === "sending" || entry.state === "unconfirmed") return null;
  }
  return null;
}

/** The entry once it was refused. */
export function rejected(entry: OutboxEntry, message: string): OutboxEntry {
  return { ...entry, state: "failed", error: { kind: "rejected", message } };
}
