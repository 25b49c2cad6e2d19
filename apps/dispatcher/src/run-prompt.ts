import type { AtStep, Dispatch } from "./dispatch.ts";
import { followRun } from "./follow-run.ts";
import type { Outcome } from "./follow-run.ts";
import { RefusedError, UnreachableError } from "./opencode.ts";
import type { OpenCode, Project, Prompt } from "./opencode.ts";
import { readEvent } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import type { Work } from "./work.ts";

/** The clock, and how long things may take. All in milliseconds. */
export interface RunTimes {
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a prompt that may have been sent is looked for before it is sent again. */
  readonly leaseMs: number;
  readonly runTimeoutMs: number;
  readonly recheckMs: number;
  readonly silentMs: number;
}

interface RunPromptOptions extends RunTimes {
  readonly opencode: OpenCode;
  readonly model: string | undefined;
  readonly save: <D extends Dispatch>(dispatch: D) => D;
  readonly onDrop: (error: unknown) => void;
  readonly signal: AbortSignal;
}

type Prompting = AtStep<"session" | "prompting" | "running">;

/** A server that loses the prompt this often has a fault that sending it again does not mend. */
const MAX_LEASES = 3;

/**
 * Sends the prompt, unless its server has it already, and follows the run to its end. The connection to the events
 * comes first, so that none is missed.
 *
 * A prompt is sent at most once per lease: when it is not known whether a server took it, the session is looked at
 * until the lease is over, and only then is it sent again, under the next lease.
 */
export async function runPrompt(options: RunPromptOptions, begun: Prompting): Promise<Outcome> {
  const { opencode, signal, now } = options;
  const { session, work } = begun;
  const begunAt = now();
  let current = begun;
  let project: Project | undefined;

  async function* connect(connection: AbortSignal): AsyncGenerator<unknown, void, void> {
    project = await opencode.resolve({ path: session.directory }, connection);
    if (!project) throw new UnreachableError(`Nobody serves ${session.directory} at the moment.`);
    yield* opencode.events(project, connection);
  }

  async function check(): Promise<RunState> {
    if (!project) throw new UnreachableError(`The router has not answered for ${session.directory} yet.`);
    if (current.step === "session") await send(project, 1);
    const state = await opencode.runState(project, session.id, session.messageId, signal);
    if (current.step === "running") return state.kind === "unasked" ? { kind: "silent" } : state;
    if (state.kind !== "unasked") running();
    else if (current.step === "prompting" && now() >= current.leaseUntil)
      await send(project, current.lease + 1);
    return state;
  }

  async function send(server: Project, lease: number): Promise<void> {
    if (lease > MAX_LEASES) throw new RefusedError("Its server takes the prompt and does not keep it.");
    const prompt = await preparePrompt(options, server, work, session.messageId);
    const { id, source, task, revision } = current;
    const leaseUntil = now() + options.leaseMs;
    current = options.save({
      id,
      source,
      task,
      revision,
      work,
      session,
      step: "prompting",
      lease,
      leaseUntil,
    });
    await opencode.prompt(server, session.id, prompt, signal);
    running();
  }

  function running(): void {
    const { id, source, task, revision } = current;
    current = options.save({ id, source, task, revision, work, session, step: "running", since: now() });
  }

  return followRun({
    ...options,
    connect,
    check,
    readEvent: (event) => readEvent(event, session.id),
    deadline: () => (current.step === "running" ? current.since : begunAt) + options.runTimeoutMs,
  });
}

async function preparePrompt(
  { opencode, model, signal }: RunPromptOptions,
  project: Project,
  work: Work,
  messageId: string,
): Promise<Prompt> {
  return {
    messageId,
    text: work.prompt,
    agent: await chooseAgent(opencode, project, work, signal),
    model: await chooseModel(opencode, project, work.model ?? model, signal),
  };
}

/** Servers since 1.0 have no `coder` and no `task`: their default agent writes code, and `general` does tasks. */
async function chooseAgent(
  opencode: OpenCode,
  project: Project,
  { agent }: Work,
  signal: AbortSignal,
): Promise<string | undefined> {
  const names = await opencode.agents(project, signal);
  if (names.includes(agent)) return agent;
  return agent === "task" && names.includes("general") ? "general" : undefined;
}

async function chooseModel(
  opencode: OpenCode,
  project: Project,
  model: string | undefined,
  signal: AbortSignal,
): Promise<Prompt["model"]> {
  if (model === undefined) return undefined;
  const slash = model.indexOf("/");
  if (slash > 0) return { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) };
  const providers = await opencode.providersOf(project, model, signal);
  const [providerID] = providers;
  if (providerID !== undefined && providers.length === 1) return { providerID, modelID: model };
  const found = providers.map((provider) => `${provider}/${model}`).join(", ");
  throw new RefusedError(
    found === ""
      ? `No provider of this server has the model "${model}": write it as provider/model.`
      : `Several providers have the model "${model}": write one of ${found}.`,
  );
}
