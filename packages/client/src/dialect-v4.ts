import {
  chatHistory,
  chatMessageGet,
  HISTORY_LIMIT_MAX,
  parseHistory,
  parseMessageAnswer,
  sendKeyOf,
  sessionMessagesSubscribe,
  sessionMessagesUnsubscribe,
  type Call,
  type History,
} from "@automna/protocol";

import { sharedCapabilities } from "./capabilities.ts";
import type { GatewayDialect, SoughtSend } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { valueOf } from "./parse-answer.ts";
import { UnsupportedError } from "./refusals.ts";
import { rowNames, rowsBehind, userRowsOf } from "./stored-rows.ts";

const NO_LINKS: ReadonlyMap<number, string> = new Map();

function calls(...candidates: (Call | null)[]): Call[] {
  return candidates.filter((call) => call !== null);
}

function heldSends(history: History): Set<string> {
  const held = new Set<string>();
  for (const { runId } of history.pendingInputs) if (runId !== undefined) held.add(runId);
  for (const { runId } of history.inputReceipts) held.add(runId);
  if (history.inFlightRun) held.add(history.inFlightRun.runId);
  return held;
}

function activeRunIds(history: History): string[] {
  const ids = new Set(history.session?.activeRunIds);
  if (history.inFlightRun) ids.add(history.inFlightRun.runId);
  for (const { runId } of history.pendingInputs) if (runId !== undefined) ids.add(runId);
  return [...ids];
}

/** How many sends one look asks for. */
const MOST_INPUTS = 50;

/** Where the page began, and what is sought on it. */
type Look = { readonly from: number; readonly sends: readonly SoughtSend[] };

function snapshotOf(history: History, { from, sends }: Look): HistorySnapshot {
  const run = history.inFlightRun;
  // Pages are counted in stored records: one may give two rows, or none.
  const { messages, hasMore, nextOffset = from + messages.length } = history;
  const foundSends = new Set(messages.flatMap((message) => sendKeyOf(message) ?? []));
  const held = heldSends(history);
  const names = rowNames(messages, 4);
  const isUnreached = ({ sendId, after, isCarried }: SoughtSend) =>
    isCarried && !foundSends.has(sendId) && !held.has(sendId) && rowsBehind(names, after, !hasMore) === null;
  return {
    rows: messages,
    olderFrom: hasMore ? nextOffset : null,
    inFlight: run ? { runId: run.runId, text: run.text, startedAt: run.startedAt ?? 0 } : null,
    activeRunIds: activeRunIds(history),
    sendOfRow: NO_LINKS,
    foundSends,
    unreachedSends: new Set(sends.filter(isUnreached).map(({ sendId }) => sendId)),
    provedByWords: [],
    userRows: userRowsOf(messages, names),
    heldSends: held,
    ...(history.session && { session: history.session }),
  };
}

/** OpenClaw: rows have ids and send keys, runs can be joined, pages can be asked for. */
export const dialectV4: GatewayDialect = {
  protocol: 4,
  resumesRuns: true,
  storesEverySend: true,
  dedupeMs: Number.POSITIVE_INFINITY,
  capabilities: sharedCapabilities,
  liveTools: () => null,
  // Asked for by itself: who may not have the approvals must have the messages all the same.
  subscriptions: (sessionKey, withApprovals) =>
    calls(
      sessionMessagesSubscribe(4, sessionKey),
      withApprovals ? sessionMessagesSubscribe(4, sessionKey, true) : null,
    ),
  unsubscriptions: (sessionKey) => calls(sessionMessagesUnsubscribe(4, sessionKey)),
  async history(request, query) {
    const { sessionKey, limit, sends } = query;
    const inputRunIds = sends.slice(-MOST_INPUTS).map(({ sendId }) => sendId);
    const payload = await request(chatHistory(4, { sessionKey, limit, inputRunIds }));
    const snapshot = snapshotOf(valueOf(parseHistory(payload), "chat.history"), { from: 0, sends });
    const { olderFrom, unreachedSends } = snapshot;
    if (unreachedSends.size === 0 || olderFrom === null || limit >= HISTORY_LIMIT_MAX) return snapshot;
    return dialectV4.history(request, { ...query, limit: Math.min(2 * limit, HISTORY_LIMIT_MAX) });
  },
  async older(request, { sessionKey, limit, from }) {
    const payload = await request(chatHistory(4, { sessionKey, limit, offset: from }));
    return snapshotOf(valueOf(parseHistory(payload), "chat.history"), { from, sends: [] });
  },
  async fullRow(request, sessionKey, rowId) {
    const call = chatMessageGet(4, sessionKey, rowId.replace(/~\d+$/, ""));
    if (call === null) return null;
    const answer = valueOf(parseMessageAnswer(await request(call)), call.method);
    if (answer.kind === "message") return answer.message;
    const asking = answer.reason === "oversized" ? "Ask the agent for it in parts" : "Ask the agent for it";
    const next = answer.reason === "not_found" ? "Reload the conversation" : asking;
    throw new UnsupportedError(
      `The gateway does not hand out the whole of this message (${answer.reason}). ${next}.`,
    );
  },
};
