import {
  chatHistory,
  HISTORY_LIMIT_MAX,
  parseHistory,
  parseSessionPreviews,
  sessionsPreview,
  splitMessageHint,
  textOf,
  type ChatMessage,
  type SessionPreview,
} from "@automna/protocol";

import { sharedCapabilities } from "./capabilities.ts";
import type { GatewayDialect, HistoryRequest, Requester } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { valueOf } from "./parse-answer.ts";

/** Enough to look behind a long turn, and what the gateway reads anyway. */
const PREVIEW_ITEMS = 50;
const PREVIEW_CHARS = 100_000;

const NONE: ReadonlySet<string> = new Set();

interface PreviewedSend {
  readonly text: string;
  readonly sendId: string | null;
}

function previewedSends(preview: SessionPreview | undefined): PreviewedSend[] {
  return (preview?.items ?? [])
    .filter(({ role }) => role === "user")
    .map((item) => {
      const { text, messageId } = splitMessageHint(item.text);
      return { text: text.trim(), sendId: messageId ?? null };
    });
}

/** Texts of a preview are cut at a length, so one may be the beginning of the other. */
function agrees(row: ChatMessage | undefined, send: PreviewedSend): boolean {
  const text = row === undefined ? "" : textOf(row).trim();
  return row !== undefined && (text === send.text || (send.text !== "" && text.startsWith(send.text)));
}

/**
 * Which rows came from which sends. Both lists end at the same moment or nearly so: the preview is asked for right after
 * the history, so it may have a few user rows more. They are laid against each other from the end; the texts only prove
 * that they lie right, a send is recognised by its identity alone.
 */
export function alignSends(
  rows: readonly ChatMessage[],
  sends: readonly PreviewedSend[],
): ReadonlyMap<number, string> {
  const userRows = rows.flatMap((row, index) => (row.role === "user" ? [index] : []));
  for (let newer = 0; newer < Math.max(1, sends.length); newer += 1) {
    const links = new Map<number, string>();
    let matches = true;
    for (let back = 0; matches && back < Math.min(userRows.length, sends.length - newer); back += 1) {
      const send = sends[sends.length - 1 - newer - back];
      const index = userRows[userRows.length - 1 - back];
      if (send === undefined || index === undefined) break;
      matches = agrees(rows[index], send);
      if (matches && send.sendId !== null) links.set(index, send.sendId);
    }
    if (matches) return links;
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

async function look(request: Requester, query: HistoryRequest): Promise<HistorySnapshot> {
  const { sessionKey, limit, sendIds } = query;
  const capped = Math.min(limit, HISTORY_LIMIT_MAX);
  const payload = await request(chatHistory(3, { sessionKey, limit: capped }));
  const history = valueOf(parseHistory(payload), "chat.history");
  const hinted = history.messages.map(withoutHint);
  const rows = hinted.map(({ row }) => row);
  // Only the preview shows which sends were stored, and only unsettled sends make that worth a request.
  const sends = sendIds.length === 0 ? [] : await preview(request, sessionKey);
  const links = new Map(alignSends(rows, sends));
  hinted.forEach(({ sendId }, index) => {
    if (sendId !== null) links.set(index, sendId);
  });
  const olderFrom = rows.length >= capped && capped < HISTORY_LIMIT_MAX ? rows.length : null;
  const before = sends.slice(
    0,
    Math.max(0, sends.length - rows.filter(({ role }) => role === "user").length),
  );
  // A message whose row is on an earlier page stands before all that is on this one.
  const isBefore = before.some(({ sendId }) => sendId !== null && sendIds.includes(sendId));
  if (isBefore && olderFrom !== null) return look(request, { ...query, limit: 2 * capped });
  return {
    rows,
    olderFrom,
    inFlight: null,
    activeRunIds: null,
    sendOfRow: links,
    foundSends: new Set([...links.values(), ...sends.flatMap(({ sendId }) => sendId ?? [])]),
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
  subscriptions: () => [],
  unsubscriptions: () => [],
  history: look,
  // The only way back is a longer page.
  older: (request, query) => look(request, { ...query, limit: query.loaded + query.limit }),
  fullRow: () => Promise.resolve(null),
};
