import { dispatchFacts, messageIdOf } from "./dispatch.ts";
import type { AtStep, Dispatch } from "./dispatch.ts";
import { createLanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import { RefusedError } from "./opencode.ts";
import type { OpenCode } from "./opencode.ts";
import { faultyText, outcomeText, waitingText } from "./report-text.ts";
import { runPrompt } from "./run-prompt.ts";
import type { RunTimes } from "./run-prompt.ts";
import type { Report, SourceTask, TaskSource } from "./task-source.ts";
import { readWork } from "./work.ts";

/** What a dispatcher tells the person in front of it. */
export type DispatchEvent =
  | { readonly kind: "polled"; readonly tasks: number }
  | { readonly kind: "poll-failed"; readonly error: unknown }
  | { readonly kind: "step"; readonly dispatch: Dispatch }
  /** It is tried again: at once for a broken stream of events, else with the next poll. */
  | { readonly kind: "retry"; readonly dispatch: Dispatch; readonly error: unknown };

export interface DispatcherOptions extends RunTimes {
  readonly source: TaskSource;
  readonly opencode: OpenCode;
  readonly ledger: Ledger;
  /** For tasks that name none; `undefined`: the server's own choice. */
  readonly model: string | undefined;
  /** Projects worked on at a time. */
  readonly concurrency: number;
  /** Takes secrets out of what servers say before a person is told. */
  readonly redact: (text: string) => string;
  readonly onEvent: (event: DispatchEvent) => void;
}

export interface Dispatcher {
  /** Goes on with what is unfinished, and begins what is new. Resolves with `false` if the source did not answer. */
  poll(signal: AbortSignal): Promise<boolean>;
  /** Resolves when all that was begun is done, or waits for the next poll. */
  idle(): Promise<void>;
}

/** Takes tasks from a source to the servers of their projects, one step after the other, and back with the result. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { source, opencode, ledger, onEvent } = options;
  const lanes = createLanes(options.concurrency);
  const active = new Set<string>();

  function save<D extends Dispatch>(dispatch: D): D {
    ledger.save(dispatch);
    onEvent({ kind: "step", dispatch });
    return dispatch;
  }

  function reportOf({ id }: { readonly id: string }, kind: Report["kind"], text: string): Report {
    return { dispatch: id, kind, text: options.redact(text) };
  }

  /** The next step; `undefined` if there is none for now. */
  async function advance(dispatch: Dispatch, signal: AbortSignal): Promise<Dispatch | undefined> {
    switch (dispatch.step) {
      case "claimed":
      case "unresolved":
        return openSession(dispatch, signal);
      case "session":
      case "prompting":
      case "running": {
        const onDrop = (error: unknown): void => onEvent({ kind: "retry", dispatch, error });
        const outcome = await runPrompt({ ...options, save, onDrop, signal }, dispatch);
        return finish(dispatch, outcome.kind, outcomeText(outcome, dispatch.session));
      }
      case "finished":
        await source.report(dispatch.task, dispatch.report, signal);
        return { ...factsOf(dispatch), step: "reported", kind: dispatch.report.kind };
      case "reported":
        return undefined;
    }
  }

  async function openSession(
    dispatch: AtStep<"claimed" | "unresolved">,
    signal: AbortSignal,
  ): Promise<Dispatch | undefined> {
    const { work, task, id } = dispatch;
    const project = await opencode.resolve({ name: work.project }, signal);
    if (project) {
      // An earlier process may have made it and stopped before it could write that down.
      const title = `${task.title} (dispatch ${id})`;
      const session =
        (await opencode.findSession(project, title, signal)) ??
        (await opencode.createSession(project, title, signal));
      const messageId = messageIdOf(id, options.now());
      const { directory } = project;
      return { ...factsOf(dispatch), step: "session", work, session: { id: session, directory, messageId } };
    }
    if (dispatch.step === "claimed") return { ...dispatch, step: "unresolved", told: false };
    if (dispatch.told) return undefined;
    await source.report(task, reportOf(dispatch, "waiting", waitingText(work.project)), signal);
    return { ...dispatch, told: true };
  }

  function finish(dispatch: Dispatch, kind: "completed" | "failed", text: string): AtStep<"finished"> {
    return { ...factsOf(dispatch), step: "finished", report: reportOf(dispatch, kind, text) };
  }

  async function carryOn(begun: Dispatch, signal: AbortSignal): Promise<void> {
    let dispatch: Dispatch | undefined = begun;
    while (dispatch) {
      const current: Dispatch = dispatch;
      try {
        dispatch = await advance(current, signal);
      } catch (error) {
        if (!(error instanceof RefusedError) || current.step === "finished") throw error;
        const session = "session" in current ? current.session : undefined;
        const outcome = { kind: "failed", message: error.message } as const;
        dispatch = finish(current, "failed", outcomeText(outcome, session));
      }
      if (dispatch) save(dispatch);
    }
  }

  /** Folder that a dispatch works in: names that are written differently may mean one. */
  async function laneOf(dispatch: Dispatch, signal: AbortSignal): Promise<string> {
    if ("session" in dispatch) return dispatch.session.directory;
    if (!("work" in dispatch)) return dispatch.id;
    const project = await opencode.resolve({ name: dispatch.work.project }, signal);
    return project?.directory ?? dispatch.id;
  }

  function begin(dispatch: Dispatch, signal: AbortSignal): void {
    async function attempt(job: () => Promise<void>): Promise<void> {
      try {
        signal.throwIfAborted();
        await job();
      } catch (error) {
        if (!signal.aborted) onEvent({ kind: "retry", dispatch, error });
        active.delete(dispatch.id);
      }
    }
    const work = async (): Promise<void> => {
      await carryOn(dispatch, signal);
      active.delete(dispatch.id);
    };
    active.add(dispatch.id);
    lanes.add(dispatch.id, () =>
      attempt(async () => lanes.add(await laneOf(dispatch, signal), () => attempt(work))),
    );
  }

  function claim(task: SourceTask): Dispatch {
    const facts = dispatchFacts(source.name, task);
    const read = readWork(task.text);
    if (read.kind === "work") return { ...facts, step: "claimed", work: read.work };
    return { ...facts, step: "finished", report: reportOf(facts, "failed", faultyText(read.problems)) };
  }

  function takeIn(tasks: readonly SourceTask[], signal: AbortSignal): void {
    const listed = new Set(tasks.map((task) => dispatchFacts(source.name, task).id));
    for (const dispatch of ledger.unfinished(source.name)) {
      if (active.has(dispatch.id) || !nothingSent(dispatch)) continue;
      // Its writer has changed it, or has taken it away.
      if (!listed.has(dispatch.id)) ledger.drop(dispatch.id);
      else begin(dispatch, signal);
    }
    const inHand = new Set(ledger.unfinished(source.name).map(({ task }) => task.id));
    for (const task of tasks) {
      const { revision } = dispatchFacts(source.name, task);
      if (inHand.has(task.id) || ledger.find(source.name, task.id, revision)) continue;
      begin(save(claim(task)), signal);
    }
  }

  return {
    async poll(signal) {
      for (const dispatch of ledger.unfinished(source.name)) {
        if (!active.has(dispatch.id) && !nothingSent(dispatch)) begin(dispatch, signal);
      }
      try {
        const tasks = await source.tasks(signal);
        onEvent({ kind: "polled", tasks: tasks.length });
        takeIn(tasks, signal);
        return true;
      } catch (error) {
        if (!signal.aborted) onEvent({ kind: "poll-failed", error });
        return false;
      }
    },
    idle: () => lanes.idle(),
  };
}

function factsOf({
  id,
  source,
  task,
  revision,
}: Dispatch): Pick<Dispatch, "id" | "source" | "task" | "revision"> {
  return { id, source, task, revision };
}

function nothingSent(dispatch: Dispatch): boolean {
  return dispatch.step === "claimed" || dispatch.step === "unresolved";
}
