import type { ChatMessage, SessionSummary } from "@automna/protocol";

/** A run that the history says is going on. */
interface InFlightRun {
  readonly runId: string;
  /** The whole text so far; may be empty. */
  readonly text: string;
  readonly startedAt: number;
}

/** A send whose row does not say whose it is. */
interface WordProof {
  readonly sendId: string;
  readonly text: string;
  /** The row, by name. */
  readonly row: string;
}

/**
 * Where the page before the oldest row begins, as the gateway counts from the end; `null` where nothing is older;
 * `withheld` where it may have more, but shows none of it.
 */
export type OlderRows = number | "withheld" | null;

/** What one look at the gateway's history says, the same for both versions. */
export interface HistorySnapshot {
  readonly rows: readonly ChatMessage[];
  readonly olderFrom: OlderRows;
  readonly inFlight: InFlightRun | null;
  /** The runs that go on, or `null` where the gateway does not say (version 3). */
  readonly activeRunIds: readonly string[] | null;
  /** Which send a user row came from, by index into `rows`, where the row does not say it itself (version 3). */
  readonly sendOfRow: ReadonlyMap<number, string>;
  /** Sends of which the gateway keeps a row: they survive anything. */
  readonly foundSends: ReadonlySet<string>;
  /** Sends that were not found, and may be where this look did not reach. */
  readonly unreachedSends: ReadonlySet<string>;
  /** Of those, the ones of which only the words of a row and its place tell (version 3). */
  readonly provedByWords: readonly WordProof[];
  /** The rows of users, by name, in their order. */
  readonly userRows: readonly string[];
  /** Sends that the gateway holds without a row yet: they would not survive a crash. */
  readonly heldSends: ReadonlySet<string>;
  /** The session's own row (version 4). */
  readonly session?: SessionSummary;
}
