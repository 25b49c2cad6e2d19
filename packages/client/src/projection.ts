import { onHistory, onOlder, onRowLoaded } from "./history-events.ts";
import { onHistoryFinal, onReset, onSendSettled } from "./left-overs.ts";
import { onAgent, onChat, onConnected, onGap, onRunEnded, onRunGone, onRunRestarted } from "./live-events.ts";
import { messageOfSend, type LocalSend } from "./local-send.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { arranged, nextRank, type Projection, type ProjectionEvent } from "./projection-state.ts";

const MAX_EARLY = 2_000;

function onSendChanged(projection: Projection, entry: OutboxEntry): Projection {
  const at = projection.sends.findIndex((send) => send.entry.sendId === entry.sendId);
  if (projection.placed.some(({ sendId }) => sendId === entry.sendId)) return projection;
  if (at < 0) {
    const sends = [...projection.sends, { entry, rank: nextRank(projection) }];
    return arranged({ ...projection, sends }, projection);
  }
  const former = projection.sends[at];
  const send: LocalSend = { entry, rank: former?.rank ?? nextRank(projection) };
  const { transcript } = projection;
  const live = { ...transcript.live, [entry.sendId]: messageOfSend(send) };
  return { ...projection, sends: projection.sends.with(at, send), transcript: { ...transcript, live } };
}

function onSendDiscarded(projection: Projection, sendId: string): Projection {
  const sends = projection.sends.filter(({ entry }) => entry.sendId !== sendId);
  const interrupted = projection.interrupted.filter((id) => id !== sendId);
  if (sends.length === projection.sends.length && interrupted.length === projection.interrupted.length)
    return projection;
  return arranged({ ...projection, sends, interrupted }, projection);
}

/**
 * The one place where messages are merged: history, live events and own sends become one ordered transcript. Pure;
 * answers the same object when nothing changed.
 *
 * Before the first history is there, live events wait, so that a reply does not appear above its own past.
 */
export function reduceProjection(projection: Projection, event: ProjectionEvent): Projection {
  const counted = { ...projection, counter: projection.counter + 1 };
  switch (event.type) {
    case "chat":
    case "agent":
    case "gap":
      if (projection.rows === null)
        return { ...counted, early: [...projection.early, event].slice(-MAX_EARLY) };
      if (event.type === "chat") return onChat(counted, event.event);
      if (event.type === "agent") return onAgent(counted, event.event);
      return onGap(counted);
    case "connected":
      return onConnected(counted, event.protocol, event.sameBoot);
    case "history-loaded":
      return onHistory(counted, event.snapshot, event.requestedAt, reduceProjection);
    case "row-loaded":
      return onRowLoaded(counted, event.rowId, event.row);
    case "older-loaded":
      return onOlder(counted, event.snapshot);
    case "history-final":
      return onHistoryFinal(counted, event.requestedAt);
    case "send-changed":
      return onSendChanged(counted, event.entry);
    case "send-settled":
      return onSendSettled(counted, event.sendId);
    case "send-discarded":
      return onSendDiscarded(counted, event.sendId);
    case "send-interrupted":
      if (counted.interrupted.includes(event.sendId)) return counted;
      return arranged({ ...counted, interrupted: [...counted.interrupted, event.sendId] }, projection);
    case "reset":
      return onReset(counted);
    case "run-restarted":
      return onRunRestarted(counted, event.runId);
    case "run-ended":
      return onRunEnded(counted, event.runId, event.how);
    case "run-gone":
      return onRunGone(counted, event.runId);
  }
}
