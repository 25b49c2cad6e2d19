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
import type { GatewayDialect } from "./dialect.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { valueOf } from "./parse-answer.ts";

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

/** @param from where the page began */
function snapshotOf(history: History, from: number): HistorySnapshot {
  const run = history.inFlightRun;
  // Pages are counted in stored records: one may give two rows, or none.
  const { messages, hasMore, nextOffset = from + messages.length } = history;
  return {
    rows: messages,
    olderFrom: hasMore ? nextOffset : null,
    inFlight: run ? { runId: run.runId, text: run.text, startedAt: run.startedAt ?? 0 } : null,
    activeRunIds: activeRunIds(history),
    sendOfRow: NO_LINKS,
    foundSends: new Set(history.messages.flatMap((message) => sendKeyOf(message) ?? [])),
    heldSends: heldSends(history),
  };
}

/** OpenClaw: rows have ids and send keys, runs can be joined, pages can be asked for. */
export const dialectV4: GatewayDialect = {
  protocol: 4,
  resumesRuns: true,
  storesEverySend: true,
  dedupeMs: Number.POSITIVE_INFINITY,
  capabilities: sharedCapabilities,
  subscriptions: (sessionKey) => calls(sessionMessagesSubscribe(4, sessionKey)),
  unsubscriptions: (sessionKey) => calls(sessionMessagesUnsubscribe(4, sessionKey)),
  async history(request, query) {
    const { sessionKey, limit, sendIds, sought } = query;
    const payload = await request(chatHistory(4, { sessionKey, limit, inputRunIds: sendIds }));
    const snapshot = snapshotOf(valueOf(parseHistory(payload), "chat.history"), 0);
    const { olderFrom, foundSends, heldSends } = snapshot;
    const isLost = sought.some((sendId) => !foundSends.has(sendId) && !heldSends.has(sendId));
    if (!isLost || olderFrom === null || limit >= HISTORY_LIMIT_MAX) return snapshot;
    return dialectV4.history(request, { ...query, limit: Math.min(2 * limit, HISTORY_LIMIT_MAX) });
  },
  async older(request, { sessionKey, limit, from }) {
    const payload = await request(chatHistory(4, { sessionKey, limit, offset: from }));
    return snapshotOf(valueOf(parseHistory(payload), "chat.history"), from);
  },
  async fullRow(request, sessionKey, rowId) {
    const call = chatMessageGet(4, sessionKey, rowId.replace(/~\d+$/, ""));
    if (call === null) return null;
    const answer = valueOf(parseMessageAnswer(await request(call)), call.method);
    return answer.kind === "message" ? answer.message : null;
  },
};
