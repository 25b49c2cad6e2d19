import { textOf, type AgentEvent, type ChatEvent, type ProtocolVersion } from "@automna/protocol";

import { runMessageId } from "./coverage.ts";
import { afterAgentEvent, afterChatEvent, newRun, type LiveRun } from "./live-run.ts";
import { activeRuns, arranged, markEnded, nextRank, type Projection } from "./projection-state.ts";
import { messageOfRun } from "./run-message.ts";
import { storedPartsOf } from "./transcript.ts";

/** A run that is heard of for the first time. */
export function birth(projection: Projection, runId: string, startedAt: number): LiveRun {
  const send = projection.sends.find(({ entry }) => entry.sendId === runId);
  return newRun({
    runId,
    protocol: projection.protocol,
    messageId: runMessageId(runId),
    startedAt,
    touched: projection.counter,
    rank: send === undefined ? nextRank(projection) : send.rank + 0.5,
    lastRowBefore: projection.rows?.at(-1)?.id ?? null,
  });
}

/** Puts a changed run in its place. While it only grows, nothing but its one message is replaced. */
function withRun(projection: Projection, run: LiveRun): Projection {
  const at = projection.runs.findIndex(({ runId }) => runId === run.runId);
  if (at < 0) return arranged({ ...projection, runs: [...projection.runs, run] }, projection);
  const runs = projection.runs.with(at, run);
  const { transcript } = projection;
  const message = messageOfRun(run, storedPartsOf(run, transcript.settled));
  return {
    ...projection,
    runs,
    transcript: { ...transcript, live: { ...transcript.live, [run.messageId]: message } },
  };
}

function withoutRun(projection: Projection, runId: string): Projection {
  const runs = projection.runs.filter((run) => run.runId !== runId);
  const ended = markEnded(projection.ended, runId);
  if (runs.length === projection.runs.length) return { ...projection, ended };
  return arranged({ ...projection, runs, ended }, projection);
}

export function onRunEnded(projection: Projection, runId: string, how: "final" | "aborted"): Projection {
  const run = activeRuns(projection).find((active) => active.runId === runId);
  if (run === undefined) return projection;
  const next = withRun(projection, {
    ...run,
    outcome: how === "final" ? { state: how, unseen: true } : { state: how },
    phase: null,
    touched: projection.counter,
  });
  return { ...next, ended: markEnded(next.ended, runId) };
}

/** The gateway does not go on with a run, as far as is known. Version 3 may be wrong there: a run that speaks again is back. */
export function onRunGone(projection: Projection, runId: string): Projection {
  const next = withoutRun(projection, runId);
  return projection.protocol === 3 ? { ...next, ended: projection.ended } : next;
}

export function onRunRestarted(projection: Projection, runId: string): Projection {
  const next = withoutRun(projection, runId);
  return { ...next, ended: next.ended.filter((ended) => ended !== runId) };
}

/** Version 3 stores a reply before it tells of its end; of a run that was not heard of before, the words are all there is. */
function isStoredAlready(
  { protocol, placed, sends }: Projection,
  { runId, message }: ChatEvent & { state: "final" },
): boolean {
  // What answers an own message is told as the answer to it, also where the last one had the same words.
  if (sends.some(({ entry }) => entry.sendId === runId)) return false;
  const last = placed.at(-1);
  const row = last?.group.rows.at(-1)?.row;
  if (protocol === 4 || row === undefined || message === undefined || last?.group.kind !== "assistant")
    return false;
  return !last.id.startsWith("run:") && textOf(row) === textOf(message);
}

export function onChat(projection: Projection, event: ChatEvent): Projection {
  const { runId } = event;
  if (projection.ended.includes(runId)) return projection;
  const known = projection.runs.find((run) => run.runId === runId);
  const isEnd = event.state === "final" || event.state === "aborted" || event.state === "error";
  // The run of a message that was queued behind another one ends empty; the answer comes under a run of its own.
  if (known === undefined && event.state === "final" && event.message === undefined)
    return { ...projection, ended: markEnded(projection.ended, runId) };
  if (known === undefined && event.state === "final" && isStoredAlready(projection, event))
    return { ...projection, ended: markEnded(projection.ended, runId) };
  const at = "message" in event ? (event.message?.timestamp ?? 0) : 0;
  const run = afterChatEvent(known ?? birth(projection, runId, at), event, projection.counter);
  if (run === known) return projection;
  const next = withRun(projection, run);
  if (!isEnd) return next;
  return { ...next, ended: markEnded(next.ended, runId) };
}

export function onAgent(projection: Projection, event: AgentEvent): Projection {
  const { runId } = event;
  if (projection.ended.includes(runId)) return projection;
  const known = projection.runs.find((run) => run.runId === runId);
  // Bookkeeping that follows a run's end must not begin a run.
  if (known === undefined && event.stream === "lifecycle" && event.phase !== "start") return projection;
  const run = afterAgentEvent(known ?? birth(projection, runId, event.ts ?? 0), event, projection.counter);
  return run === known ? projection : withRun(projection, run);
}

export function onConnected(
  projection: Projection,
  protocol: ProtocolVersion,
  sameBoot: boolean,
): Projection {
  const unbrokenSince = projection.counter;
  if (sameBoot && protocol === projection.protocol) {
    const runs = projection.runs.map((run) => ({ ...run, inSync: false }));
    return { ...projection, unbrokenSince, runs, early: [] };
  }
  // No run outlives its gateway process; version 4 resumes under a new id, version 3 may run the same id again.
  const runs = projection.runs.filter((run) => run.anchor !== undefined);
  const next = { ...projection, protocol, unbrokenSince, runs, ended: [], early: [] };
  return arranged(next, projection);
}

export function onGap(projection: Projection): Projection {
  const runs = projection.runs.map((run) => ({ ...run, inSync: false }));
  return { ...projection, runs, unbrokenSince: projection.counter };
}
