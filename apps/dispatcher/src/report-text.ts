import type { Outcome } from "./follow-run.ts";
import type { Session } from "./dispatch.ts";

/** How a person makes a task run again: the same words are not run twice. */
const AGAIN = "Change this task to run it again.";

export function faultyText(problems: readonly string[]): string {
  return `This task cannot be dispatched. ${problems.join(" ")}`;
}

export function waitingText(project: string): string {
  return (
    `Nobody serves a project named "${project}". Run "opencode serve" in its folder, or name the folder to ` +
    "opencode-router: the task is then dispatched by itself."
  );
}

export function outcomeText(outcome: Outcome, session: Session | undefined): string {
  const where = session && `Session ${session.id} in ${session.directory}.`;
  if (outcome.kind === "completed") return `Done by OpenCode. ${where ?? ""}`.trim();
  return [`Not done: ${withFullStop(outcome.message)}`, where, AGAIN].filter(Boolean).join(" ");
}

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
