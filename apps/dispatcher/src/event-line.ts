import type { Dispatch } from "./dispatch.ts";
import type { DispatchEvent } from "./dispatcher.ts";

/** One line for each thing that happened. */
export function eventLine(event: DispatchEvent): string {
  switch (event.kind) {
    case "polled":
      return `[poll] ${event.tasks} open tasks`;
    case "poll-failed":
      return `[poll] ${messageOf(event.error)} It is tried again with the next poll.`;
    case "retry":
      return `[retry] ${nameOf(event.dispatch)}: ${messageOf(event.error)}`;
    case "step":
      return `[${event.dispatch.step}] ${nameOf(event.dispatch)}${detailOf(event.dispatch)}`;
  }
}

function nameOf({ task, id }: Dispatch): string {
  return `${task.title} (dispatch ${id})`;
}

function detailOf(dispatch: Dispatch): string {
  switch (dispatch.step) {
    case "session":
    case "running":
      return `: ${dispatch.session.id} in ${dispatch.session.directory}`;
    case "prompting":
      return dispatch.lease === 1 ? "" : `: lease ${dispatch.lease}`;
    case "unresolved":
      return `: nobody serves "${dispatch.work.project}"`;
    case "finished":
      return `: ${dispatch.report.text}`;
    case "reported":
      return `: ${dispatch.kind}`;
    default:
      return "";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
