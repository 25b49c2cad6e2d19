import type { Report, SourceTask, TaskAddress, TaskSource } from "./task-source.ts";
import { OPEN } from "./ticktick-api.ts";
import type { TickTickApi, TickTickTask } from "./ticktick-api.ts";

/** One answer of the filter holds no more. */
const MAX_FILTERED = 200;

/** The tasks of a TickTick account. */
export function createTickTickSource(api: TickTickApi, tag: string): TaskSource {
  const wanted = tag.toLowerCase();
  const isOurs = ({ tags, status }: TickTickTask): boolean =>
    status === OPEN && tags.some((one) => one.toLowerCase() === wanted);

  /** One call, as long as the tasks fit into its answer; else one more for each list. */
  async function openTasks(signal: AbortSignal): Promise<readonly TickTickTask[]> {
    const filtered = await api.openTasksWithTag(tag, signal);
    if (filtered.length < MAX_FILTERED) return filtered.filter(isOurs);
    const found = new Map(filtered.map((task) => [task.id, task]));
    for (const project of await api.projects(signal)) {
      for (const task of await api.openTasksOf(project, signal)) found.set(task.id, task);
    }
    return [...found.values()].filter(isOurs);
  }

  /** Where the task is now; `undefined` if it is not open any more. It may have been moved to another list. */
  async function placeOf({ id, place }: TaskAddress, signal: AbortSignal): Promise<string | undefined> {
    const task = await api.task(place, id, signal);
    if (task) return task.status === OPEN ? task.projectId : undefined;
    return (await openTasks(signal)).find((open) => open.id === id)?.projectId;
  }

  return {
    name: "ticktick",
    async tasks(signal) {
      return (await openTasks(signal)).map(asSourceTask);
    },
    async report(address, report, signal) {
      const place = await placeOf(address, signal);
      // Its writer has completed or deleted it: there is nothing left to say.
      if (place === undefined) return;
      if (report.kind === "completed") return api.complete(place, address.id, signal);
      const mark = markOf(report);
      const comments = await api.comments(place, address.id, signal);
      if (comments.some((comment) => comment.endsWith(mark))) return;
      await api.addComment(place, address.id, `${report.text} ${mark}`, signal);
    },
  };
}

/** By this a comment is found again. */
function markOf({ dispatch, kind }: Report): string {
  return `(dispatch ${dispatch}, ${kind})`;
}

function asSourceTask({ id, projectId, title, content }: TickTickTask): SourceTask {
  return { id, title, text: content, place: projectId };
}
