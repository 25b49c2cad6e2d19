/** A task as its source has it now. */
export interface SourceTask {
  /** Stays the same for as long as the task exists. */
  readonly id: string;
  readonly title: string;
  /** Frontmatter and prompt. */
  readonly text: string;
  /** What the source needs to find the task again. */
  readonly place: string;
}

/** What a person is told about a task. */
export interface Report {
  /** The dispatch it is about. A source tells the same kind of report about one dispatch once. */
  readonly dispatch: string;
  readonly kind: "completed" | "failed" | "waiting";
  readonly text: string;
}

export type TaskAddress = Pick<SourceTask, "id" | "place" | "title">;

/** Where tasks come from. */
export interface TaskSource {
  readonly name: string;
  /** Every open task with the tag. */
  tasks(signal: AbortSignal): Promise<readonly SourceTask[]>;
  /**
   * Completes the task (`completed`) or comments on it. May be called again after a crash with the same report: what
   * is there already is not written twice.
   */
  report(task: TaskAddress, report: Report, signal: AbortSignal): Promise<void>;
}

/** A source did not do what it was asked. The next poll tries again. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}
