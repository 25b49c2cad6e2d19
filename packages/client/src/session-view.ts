import type { ActiveRun, ChatState } from "./chat-state.ts";
import { activeRuns, type Projection } from "./projection-state.ts";

type View = Pick<ChatState, "transcript" | "runs" | "history">;

/** What a chat shows of a projection, as a change of what it shows now. */
export function viewOf(
  projection: Projection,
  shown: View,
  { loadingOlder, isOwn }: { readonly loadingOlder: boolean; readonly isOwn: (runId: string) => boolean },
): Partial<View> {
  const { transcript, rows, olderFrom } = projection;
  const runs = activeRuns(projection).map(({ runId, messageId, phase, startedAt }) => ({
    runId,
    messageId,
    phase,
    startedAt,
    own: isOwn(runId),
  }));
  const hasOlder = olderFrom !== null;
  const history = rows === null ? shown.history : ({ status: "ready", hasOlder, loadingOlder } as const);
  return {
    transcript,
    ...(!sameRuns(runs, shown.runs) && { runs }),
    ...(!sameHistory(history, shown.history) && { history }),
  };
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
  return a.hasOlder === b.hasOlder && a.loadingOlder === b.loadingOlder;
}
