import { sendKeyOf, textOf, type ChatMessage, type ProtocolVersion } from "@automna/protocol";

/** A row of the gateway's history with the identity that it keeps across reloads. */
export interface StoredRow {
  readonly id: string;
  readonly row: ChatMessage;
}

/** Texts by which a model says that there is nothing to show. */
const SILENT = new Set(["NO_REPLY", "HEARTBEAT_OK"]);
/** Longer texts are none of them, however much white space is around the word. */
const SILENT_CHARS_MAX = 200;
/**
 * How the rows begin that versions of the gateway write as if they were the person's: at a heartbeat, and in place of
 * `/new`. Newer ones leave theirs out of the history.
 */
const GATEWAY_PROMPTS = [
  "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly.",
  "Read HEARTBEAT.md if exists. Consider outstanding tasks.",
  "A new session was started via /new or /reset. Say hi briefly",
  "A new session was started via /new or /reset. Execute your Session Startup sequence now",
];

/** What a row is called by itself; rows may share such a name. */
function nameOf(row: ChatMessage, protocol: ProtocolVersion): string {
  const metaId = row.meta?.id;
  if (protocol === 4 && metaId !== undefined) return metaId;
  // Version 3 rows carry no id; the time of writing and the role are what never changes about them.
  return `${row.timestamp ?? 0}:${row.role}`;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => sameValue(Reflect.get(a, key), Reflect.get(b, key)));
}

/**
 * Gives every row its identity. One stored record may give two rows with the same id, so repeats are numbered. Repeats of
 * version 3 may lie on two sides of a page's edge: a known row, which never changes there, keeps its name for itself.
 */
export function identifyRows(
  rows: readonly ChatMessage[],
  protocol: ProtocolVersion,
  known: readonly StoredRow[],
): StoredRow[] {
  const left = protocol === 3 ? [...known] : [];
  const taken = new Set(left.map(({ id }) => id));
  const keep = (row: ChatMessage): string | undefined => {
    const at = left.findLastIndex(
      (stored) => stored.row.timestamp === row.timestamp && sameValue(stored.row, row),
    );
    return at < 0 ? undefined : left.splice(at, 1)[0]?.id;
  };
  const name = (row: ChatMessage): string => {
    const base = nameOf(row, protocol);
    let id = base;
    for (let count = 2; taken.has(id); count += 1) id = `${base}~${count}`;
    taken.add(id);
    return id;
  };
  // From the end: what an earlier page brings stands before what is known.
  const kept = rows.toReversed().map(keep).toReversed();
  return rows.map((row, index) => ({ id: kept[index] ?? name(row), row }));
}

/** What the rows are called among themselves, with repeats numbered. */
export function rowNames(rows: readonly ChatMessage[], protocol: ProtocolVersion): string[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const base = nameOf(row, protocol);
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    return count === 1 ? base : `${base}~${count}`;
  });
}

/** The names of the rows of users. Such rows are the ones that stay as they are. */
export function userRowsOf(rows: readonly ChatMessage[], names: readonly string[]): string[] {
  return names.filter((_name, index) => rows[index]?.role === "user");
}

/**
 * From which index on the rows are that were written behind a row of that name.
 *
 * @param names of all rows that are here
 * @param isWhole nothing is before them
 * @returns `null` where it is not here, so that the rows may not reach back to it
 */
export function rowsBehind(
  names: readonly string[],
  name: string | null | undefined,
  isWhole: boolean,
): number | null {
  if (typeof name !== "string") return isWhole ? 0 : null;
  const at = names.indexOf(name);
  return at < 0 ? null : at + 1;
}

/** The next rows, with the former object for every row that did not change, so that nothing built from it changes. */
function reuseRows(former: readonly StoredRow[], next: readonly StoredRow[]): StoredRow[] {
  const known = new Map(former.map((stored) => [stored.id, stored]));
  return next.map((stored) => {
    const old = known.get(stored.id);
    return old !== undefined && sameValue(old.row, stored.row) ? old : stored;
  });
}

/**
 * Puts a newly loaded latest page behind the older rows that are here already. Rows before the page stay when the page
 * begins with a row that is known; otherwise what is here is from before a reset or gap and goes. A page that `joins`
 * goes on where the known rows were.
 */
export function mergeLatestPage(
  former: readonly StoredRow[],
  page: readonly StoredRow[],
): { readonly rows: StoredRow[]; readonly keptOlder: boolean; readonly joins: boolean } {
  const positions = new Map(former.map(({ id }, index) => [id, index]));
  const at = positions.get(page[0]?.id ?? "") ?? -1;
  const older = at > 0 ? former.slice(0, at) : [];
  const joins = former.length === 0 || page.some(({ id }) => positions.has(id));
  return { rows: [...older, ...reuseRows(former, page)], keptOlder: older.length > 0, joins };
}

/** Whether a row is the gateway talking to itself. */
export function isInternalRow(row: ChatMessage): boolean {
  if (row.provenance?.kind === "internal_system") return true;
  if (row.role === "assistant") return SILENT.has(textOf(row).trim()) && !hasToolCall(row);
  return row.role === "user" && GATEWAY_PROMPTS.some((prompt) => textOf(row).startsWith(prompt));
}

/** Whether a streamed text may become one of the words that are never shown (`NO_`, `HEARTBEAT_`). */
export function isSilentText(text: string): boolean {
  // A long text that grows is looked at with every word that comes.
  if (text.length > SILENT_CHARS_MAX) return false;
  const trimmed = text.trim();
  if (trimmed === "") return false;
  for (const word of SILENT) if (word.startsWith(trimmed)) return trimmed.length > 1;
  return false;
}

function hasToolCall(row: ChatMessage): boolean {
  return row.content.some((block) => block.type === "tool-call");
}

/** The run that wrote an assistant row, where the gateway says so (version 4). */
export function runOfRow(row: ChatMessage): string | null {
  if (row.role === "user") return null;
  const key = row.idempotencyKey;
  return row.meta?.runId ?? row.abort?.runId ?? (key === undefined ? null : key.replace(/:[a-z-]+$/, ""));
}

/** Whether the turn goes on after this row: a tool was called, or its result came. */
export function leavesTurnOpen(row: ChatMessage): boolean {
  if (row.role === "tool-result") return true;
  if (row.role !== "assistant") return false;
  return (
    row.stopReason === "toolUse" ||
    row.isStreamFallback === true ||
    (row.stopReason === undefined && hasToolCall(row))
  );
}

/** What the gateway adds by itself (the answer to a command, a note) answers no message. */
function endsTurn(row: ChatMessage): boolean {
  return row.role === "assistant" && row.stopReason !== "injected" && !leavesTurnOpen(row);
}

/** The sends behind which a turn was ended, hidden or not: they are answered, or will never be. */
export function answeredSends(
  rows: readonly ChatMessage[],
  sendOf: (index: number) => string | undefined,
): ReadonlySet<string> {
  const before = rows.slice(0, Math.max(0, rows.findLastIndex(endsTurn)));
  return new Set(before.flatMap((row, index) => sendOf(index) ?? sendKeyOf(row) ?? []));
}
