import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { CallLog } from "./call-budget.ts";
import type { Dispatch } from "./dispatch.ts";

/** Everything that has to outlive a crash. */
export interface Ledger {
  find(source: string, task: string, revision: string): Dispatch | undefined;
  /** The dispatches of a source that have not come to their end, oldest first. */
  unfinished(source: string): readonly Dispatch[];
  /** Writes a dispatch as it is now. It is on the disk when this returns. */
  save(dispatch: Dispatch): void;
  /** Forgets a dispatch of which nothing has been sent. */
  drop(id: string): void;
  calls(source: string): CallLog;
  close(): void;
}

/** The state folder cannot be used. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS dispatches (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    task TEXT NOT NULL,
    revision TEXT NOT NULL,
    step TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (source, task, revision)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS unfinished ON dispatches (source) WHERE step <> 'reported';
  CREATE TABLE IF NOT EXISTS calls (source TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS calls_at ON calls (source, at);
`;

/** Call times older than this are of no window. */
const KEEP_CALLS_MS = 3_600_000;

/**
 * Opens the ledger of a folder, which is made if it is not there, for its user only.
 *
 * @throws LedgerError if another process has it, or if the folder cannot be written.
 */
export function openLedger(folder: string): Ledger {
  const database = openDatabase(folder);
  const find = database.prepare("SELECT body FROM dispatches WHERE source = ? AND task = ? AND revision = ?");
  const unfinished = database.prepare(
    "SELECT body FROM dispatches WHERE source = ? AND step <> 'reported' ORDER BY rowid",
  );
  const save = database.prepare(
    `INSERT INTO dispatches (id, source, task, revision, step, body) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET step = excluded.step, body = excluded.body`,
  );
  const drop = database.prepare("DELETE FROM dispatches WHERE id = ?");
  const addCall = database.prepare("INSERT INTO calls (source, at) VALUES (?, ?)");
  const forgetCalls = database.prepare("DELETE FROM calls WHERE source = ? AND at < ?");
  const callsSince = database.prepare("SELECT at FROM calls WHERE source = ? AND at >= ? ORDER BY at");
  return {
    find(source, task, revision) {
      const row = find.get(source, task, revision);
      return row && parseDispatch(row["body"]);
    },
    unfinished: (source) => unfinished.all(source).map((row) => parseDispatch(row["body"])),
    save(dispatch) {
      const { id, source, task, revision, step } = dispatch;
      save.run(id, source, task.id, revision, step, JSON.stringify(dispatch));
    },
    drop: (id) => void drop.run(id),
    calls: (source) => ({
      add(at) {
        addCall.run(source, at);
        forgetCalls.run(source, at - KEEP_CALLS_MS);
      },
      since: (at) => callsSince.all(source, at).map((row) => Number(row["at"])),
    }),
    close: () => database.close(),
  };
}

/** The lock lasts as long as the process: two dispatchers on one ledger would send everything twice. */
function openDatabase(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, "dispatches.sqlite");
    const database = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT;");
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LedgerError(
      reason.includes("locked")
        ? `Another dispatcher uses ${folder}. Stop it, or choose another folder with --state.`
        : `The state folder ${folder} cannot be used: ${reason}. Choose another one with --state.`,
      { cause },
    );
  }
}

/** Only {@link Ledger.save} writes these texts. */
function parseDispatch(body: unknown): Dispatch {
  return JSON.parse(String(body)) as Dispatch;
}
