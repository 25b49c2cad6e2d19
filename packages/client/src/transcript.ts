import type { Transcript } from "./chat-state.ts";
import type { PlacedGroup } from "./coverage.ts";
import { hasContent, type LiveRun } from "./live-run.ts";
import { messageOfSend, type LocalSend } from "./local-send.ts";
import type { Message, MessagePart } from "./message.ts";
import { messageOfRun } from "./run-message.ts";
import { messageOfGroup } from "./stored-messages.ts";

/** What the transcript is arranged from. */
export interface Arrangement {
  readonly placed: readonly PlacedGroup[];
  readonly runs: readonly LiveRun[];
  readonly sends: readonly LocalSend[];
}

const NO_PARTS: readonly MessagePart[] = [];

/** The stored messages, with the former object for each one that did not change. */
export function settle(
  placed: readonly PlacedGroup[],
  former: { readonly placed: readonly PlacedGroup[]; readonly settled: Transcript["settled"] },
  interrupted: readonly string[],
): Transcript["settled"] {
  const groups = new Map(former.placed.map(({ id, group }) => [id, group]));
  const settled: Record<string, Message> = {};
  placed.forEach(({ id, group, sendId }, index) => {
    const unanswered = placed[index + 1]?.group.kind !== "assistant";
    const isInterrupted = sendId !== null && unanswered && interrupted.includes(sendId);
    const old = former.settled[id];
    const sameRows =
      old !== undefined &&
      // An open turn also changes by what follows it.
      !group.open &&
      groups.get(id)?.rows.length === group.rows.length &&
      group.rows.every((stored, at) => groups.get(id)?.rows[at] === stored);
    settled[id] =
      sameRows &&
      (old.error?.kind === "interrupted") === isInterrupted &&
      old.sendId === (sendId ?? undefined)
        ? old
        : messageOfGroup(group, {
            id,
            sendId,
            runId: runOfId(id),
            interrupted: isInterrupted,
            mayGoOn: index === placed.length - 1,
          });
  });
  return settled;
}

function runOfId(id: string): string | null {
  return id.startsWith("run:") ? id.slice(4) : null;
}

type Local = { readonly id: string; readonly rank: number };

/** Where a pending run stands: right behind its stored send when nothing newer follows it, else at the end. */
function besideSend(run: LiveRun, placed: readonly PlacedGroup[]): string | null {
  const at = placed.findIndex(({ sendId }) => sendId === run.runId);
  const owner = placed[at];
  if (owner === undefined || run.storedPrefix !== "") return null;
  return placed[at + 1]?.group.kind === "assistant" ? null : owner.id;
}

/** Nothing to show, though its rows may still come. */
function isEmptyEnd(run: LiveRun): boolean {
  return run.outcome.state !== "active" && run.outcome.state !== "error" && !hasContent(run);
}

/** The order of all messages: the history's order, what will never be stored where it happened, the rest at the end. */
export function arrange({ placed, runs, sends }: Arrangement): string[] {
  const ids = new Set(placed.map(({ id }) => id));
  const behind = new Map<string | null, Local[]>();
  const tail: Local[] = [];
  const put = (anchor: string | null | undefined, local: Local) => {
    if (anchor === undefined || (anchor !== null && !ids.has(anchor))) tail.push(local);
    else behind.set(anchor, [...(behind.get(anchor) ?? []), local]);
  };
  for (const { entry, rank, anchor } of sends)
    if (!ids.has(entry.sendId)) put(anchor, { id: entry.sendId, rank });
  for (const run of runs) {
    if (ids.has(run.messageId) || isEmptyEnd(run)) continue;
    const anchor = run.anchor === undefined ? besideSend(run, placed) : run.anchor;
    put(run.anchor === undefined ? (anchor ?? undefined) : anchor, { id: run.messageId, rank: run.rank });
  }
  const byRank = (a: Local, b: Local) => a.rank - b.rank;
  const order = (behind.get(null) ?? []).toSorted(byRank).map(({ id }) => id);
  for (const { id } of placed) {
    order.push(id);
    const locals = behind.get(id);
    if (locals) order.push(...locals.toSorted(byRank).map((local) => local.id));
  }
  order.push(...tail.toSorted(byRank).map(({ id }) => id));
  return order;
}

/** The messages that are not, or not wholly, stored. */
export function liveMessages(
  { placed, runs, sends }: Arrangement,
  settled: Transcript["settled"],
  former: Transcript["live"],
): Transcript["live"] {
  const ids = new Set(placed.map(({ id }) => id));
  const live: Record<string, Message> = {};
  for (const send of sends) if (!ids.has(send.entry.sendId)) live[send.entry.sendId] = messageOfSend(send);
  for (const run of runs) live[run.messageId] = messageOfRun(run, storedPartsOf(run, settled));
  for (const [id, message] of Object.entries(live)) {
    const old = former[id];
    if (old !== undefined && sameMessage(old, message)) live[id] = old;
  }
  return live;
}

/** The parts of a run that its stored, still open turn holds already. */
export function storedPartsOf(run: LiveRun, settled: Transcript["settled"]): readonly MessagePart[] {
  return settled[run.messageId]?.parts ?? NO_PARTS;
}

function sameMessage(a: Message, b: Message): boolean {
  return (
    a.status === b.status &&
    a.error?.message === b.error?.message &&
    a.createdAt === b.createdAt &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, index) => JSON.stringify(part) === JSON.stringify(b.parts[index]))
  );
}
