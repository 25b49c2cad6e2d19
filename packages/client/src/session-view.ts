import type { ActiveRun, ChatState } from "./chat-state.ts";
import { runMessageId } from "./coverage.ts";
import type { OlderRows } from "./history-snapshot.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { activeRuns, type Projection } from "./projection-state.ts";

type View = Pick<ChatState, "transcript" | "runs" | "history">;

/** What a projection does not say. */
interface ViewFacts {
  readonly loadingOlder: boolean;
  readonly isOwn: (runId: string) => boolean;
  /** The own send on which the agent works without a word. */
  readonly silent: OutboxEntry | null;
}

function silentRun({ sendId, sentAt }: OutboxEntry): ActiveRun {
  return { runId: sendId, messageId: runMessageId(sendId), phase: null, startedAt: sentAt, own: true };
}

/** What a chat shows of a projection, as a change of what it shows now. */
export function viewOf(
  projection: Projection,
  shown: View,
  { loadingOlder, isOwn, silent }: ViewFacts,
): Partial<View> {
  const { transcript, rows, olderFrom } = projection;
  const heard = activeRuns(projection).map(({ runId, messageId, phase, startedAt }) => ({
    runId,
    messageId,
    phase,
    startedAt,
    own: isOwn(runId),
  }));
  const runs = silent === null ? heard : [...heard, silentRun(silent)];
  const history = rows === null ? shown.history : readyHistory(olderFrom, loadingOlder);
  return {
    transcript,
    ...(!sameRuns(runs, shown.runs) && { runs }),
    ...(!sameHistory(history, shown.history) && { history }),
  };
}

function readyHistory(olderFrom: OlderRows, loadingOlder: boolean): ChatState["history"] {
  const history = { status: "ready", hasOlder: typeof olderFrom === "number", loadingOlder } as const;
  return olderFrom === "withheld" ? { ...history, isCut: true } : history;
}

function sameRuns(a: readonly ActiveRun[], b: readonly ActiveRun[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (run, at) =>
        run.runId === b[at]?.runId && run.phase === b[at].phase && run.messageId === b[at].messageId,
    )
  );
}

function sameHistory(a: ChatState["history"], b: ChatState["history"]): boolean {
  if (a.status !== "ready" || b.status !== "ready") return a === b;
  return a.hasOlder === b.hasOlder && a.loadingOlder === b.loadingOlder && a.isCut === b.isCut;
}
