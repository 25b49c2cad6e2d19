import {
  chatHistory,
  HISTORY_LIMIT_MAX,
  parseHistory,
  parseSessionPreviews,
  sessionsPatch,
  sessionsPreview,
  splitMessageHint,
  textOf,
  type ChatMessage,
  type SessionPreview,
} from "@automna/protocol";

import { sharedCapabilities } from "./capabilities.ts";
import type { GatewayDialect, HistoryRequest, Requester, SoughtSend } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { valueOf } from "./parse-answer.ts";
import { rowNames, rowsBehind, userRowsOf } from "./stored-rows.ts";

/** Enough to look behind a long turn, and what the gateway reads anyway. */
const PREVIEW_ITEMS = 50;
const PREVIEW_CHARS = 2_000;
/** Behind a text that fills a preview, the hint with its send's identity may be cut off. */
const HINT_CHARS_MAX = 200;

/**
 * The gateway leaves out the oldest rows until the rest is within six megabytes. An answer that lacks less than one, which
 * is more than a row has, may be such a rest.
 */
const CUT_BYTES = 5 * 1_024 * 1_024;

const NONE: ReadonlySet<string> = new Set();

interface PreviewedSend {
  readonly text: string;
  readonly sendId: string | null;
  /** There is more of it, and the identity of its send may be in that. */
  readonly isCut?: boolean;
}

function previewedSends(preview: SessionPreview | undefined): PreviewedSend[] {
  return (preview?.items ?? [])
    .filter(({ role }) => role === "user")
    .map((item) => {
      const { text, messageId } = splitMessageHint(item.text);
      if (messageId !== undefined || item.text.length < PREVIEW_CHARS || !item.text.endsWith("..."))
        return { text: text.trim(), sendId: messageId ?? null };
      // What may be the beginning of a hint is not compared.
      const beginning = text.slice(0, -3).replace(/\n\[[^\n]*$/, "");
      return { text: beginning.trim(), sendId: null, isCut: true };
    });
}

/** Texts of a preview are cut at a length, so one may be the beginning of the other. */
function agrees(row: ChatMessage | undefined, send: PreviewedSend): boolean {
  const text = row === undefined ? "" : textOf(row).trim();
  return row !== undefined && (text === send.text || (send.text !== "" && text.startsWith(send.text)));
}

/**
 * Which user rows are which of the preview's. Both lists end at the same moment or nearly so: the preview is asked for
 * right after the history, so it may have a few user rows more. They are laid against each other from the end; the texts
 * only prove that they lie right.
 */
export function alignSends(
  rows: readonly ChatMessage[],
  sends: readonly PreviewedSend[],
): ReadonlyMap<number, PreviewedSend> {
  const userRows = rows.flatMap((row, index) => (row.role === "user" ? [index] : []));
  for (let newer = 0; newer < Math.max(1, sends.length); newer += 1) {
    const aligned = new Map<number, PreviewedSend>();
    let matches = true;
    for (let back = 0; matches && back < Math.min(userRows.length, sends.length - newer); back += 1) {
      const send = sends[sends.length - 1 - newer - back];
      const index = userRows[userRows.length - 1 - back];
      if (send === undefined || index === undefined) break;
      matches = agrees(rows[index], send);
      if (matches) aligned.set(index, send);
    }
    if (matches) return aligned;
  }
  return new Map();
}

/**
 * Some user rows keep the hint with the send's identity in their text (seen after an inline directive such as "think").
 * It is not the person's text, and it says whose row it is.
 */
function withoutHint(row: ChatMessage): { readonly row: ChatMessage; readonly sendId: string | null } {
  const last = row.role === "user" ? row.content.at(-1) : undefined;
  if (last?.type !== "text") return { row, sendId: null };
  const { text, messageId } = splitMessageHint(last.text);
  if (messageId === undefined) return { row, sendId: null };
  return {
    row: { ...row, content: [...row.content.slice(0, -1), { type: "text", text }] },
    sendId: messageId,
  };
}

/** What is known of where the user rows of a page came from. */
interface Origins {
  readonly rows: readonly ChatMessage[];
  readonly names: readonly string[];
  readonly isWhole: boolean;
  readonly aligned: ReadonlyMap<number, PreviewedSend>;
  /** Send by index of its row. */
  readonly links: ReadonlyMap<number, string>;
}

/** Whether the preview leaves open whose row it is. */
function isAnonymous({ aligned, links }: Origins, index: number): boolean {
  const shown = aligned.get(index);
  return !links.has(index) && (shown === undefined || shown.isCut === true);
}

/**
 * A long text whose identity the preview cuts off is that of the send which says the same, word for word, at its place:
 * the first of such rows, and each row is that of one send.
 */
function sendsOfLongTexts(origins: Origins, sends: readonly SoughtSend[]): ReadonlyMap<number, SoughtSend> {
  const { rows, names, isWhole, aligned, links } = origins;
  const found = new Map<number, SoughtSend>();
  const known = new Set(links.values());
  for (const send of sends) {
    if (send.after === undefined || known.has(send.sendId)) continue;
    const from = rowsBehind(names, send.after, isWhole) ?? 0;
    const index = rows.findIndex(
      (row, at) =>
        at >= from &&
        isAnonymous(origins, at) &&
        !found.has(at) &&
        row.role === "user" &&
        textOf(row).trim() === send.text.trim(),
    );
    if (aligned.get(index)?.isCut === true) found.set(index, send);
  }
  return found;
}

/** Whether a send that is not found may have a row all the same. */
function mayBeStored({ text, after }: SoughtSend, origins: Origins): boolean {
  const { rows, names, isWhole, aligned } = origins;
  const from = rowsBehind(names, after, isWhole);
  if (from === null) return true;
  return rows.some((row, index) => {
    if (index < from || row.role !== "user" || !isAnonymous(origins, index)) return false;
    return !aligned.has(index) || text.length > PREVIEW_CHARS - HINT_CHARS_MAX;
  });
}

function originsOf(
  messages: readonly ChatMessage[],
  isWhole: boolean,
  previewed: readonly PreviewedSend[],
): Origins {
  const hinted = messages.map(withoutHint);
  const rows = hinted.map(({ row }) => row);
  const aligned = alignSends(rows, previewed);
  const links = new Map<number, string>();
  for (const [index, { sendId }] of aligned) if (sendId !== null) links.set(index, sendId);
  hinted.forEach(({ sendId }, index) => {
    if (sendId !== null) links.set(index, sendId);
  });
  return { rows, names: rowNames(rows, 3), isWhole, aligned, links };
}

function mayBeCut(payload: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(payload)).length > CUT_BYTES;
}

async function look(request: Requester, query: HistoryRequest): Promise<HistorySnapshot> {
  const { sessionKey, limit, sends } = query;
  const capped = Math.min(limit, HISTORY_LIMIT_MAX);
  const payload = await request(chatHistory(3, { sessionKey, limit: capped }));
  const { messages } = valueOf(parseHistory(payload), "chat.history");
  // Only the preview shows which sends were stored, and only unsettled sends make that worth a request.
  const previewed = sends.length === 0 ? [] : await preview(request, sessionKey);
  const isCut = messages.length < capped && mayBeCut(payload);
  const isWhole = messages.length < capped && !isCut;
  const told = originsOf(messages, isWhole, previewed);
  const { rows, names } = told;
  const byWords = [...sendsOfLongTexts(told, sends)];
  const links = new Map([...told.links, ...byWords.map(([index, { sendId }]) => [index, sendId] as const)]);
  const origins = { ...told, links };
  const olderFrom = isWhole ? null : isCut || capped >= HISTORY_LIMIT_MAX ? "withheld" : rows.length;
  const foundSends = new Set([...links.values(), ...previewed.flatMap(({ sendId }) => sendId ?? [])]);
  const lost = sends.filter((send) => send.isCarried && !foundSends.has(send.sendId));
  const before = previewed.slice(
    0,
    Math.max(0, previewed.length - rows.filter(({ role }) => role === "user").length),
  );
  // A message whose row is on an earlier page stands before all that is on this one.
  const isBefore = before.some(({ sendId }) => sends.some((send) => send.sendId === sendId));
  const isShort =
    capped < PREVIEW_ITEMS && lost.some((send) => rowsBehind(names, send.after, isWhole) === null);
  if ((isBefore || isShort) && typeof olderFrom === "number")
    return look(request, { ...query, limit: 2 * capped });
  return {
    rows,
    olderFrom,
    inFlight: null,
    activeRunIds: null,
    sendOfRow: links,
    foundSends,
    unreachedSends: new Set(lost.filter((send) => mayBeStored(send, origins)).map(({ sendId }) => sendId)),
    provedByWords: byWords.flatMap(([index, { sendId, text }]) => {
      const row = names[index];
      return row === undefined ? [] : [{ sendId, text, row }];
    }),
    userRows: userRowsOf(rows, names),
    heldSends: NONE,
  };
}

async function preview(request: Requester, sessionKey: string): Promise<PreviewedSend[]> {
  const call = sessionsPreview([sessionKey], PREVIEW_ITEMS, PREVIEW_CHARS);
  const previews = valueOf(parseSessionPreviews(await request(call)), call.method);
  return previewedSends(previews.find(({ key }) => key === sessionKey) ?? previews[0]);
}

/** Clawdbot: rows have neither ids nor keys, there are no pages, and runs cannot be asked about. */
export const dialectV3: GatewayDialect = {
  protocol: 3,
  resumesRuns: false,
  storesEverySend: false,
  // It forgets finished keys after five to six minutes.
  dedupeMs: 4 * 60_000,
  capabilities: sharedCapabilities,
  liveTools: (sessionKey) => sessionsPatch(sessionKey, { verboseLevel: "on" }),
  subscriptions: () => [],
  unsubscriptions: () => [],
  history: look,
  // The only way back is a longer page.
  older: (request, query) => look(request, { ...query, limit: query.loaded + query.limit }),
  fullRow: () => Promise.resolve(null),
};
