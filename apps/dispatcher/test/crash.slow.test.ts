import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect, test } from "vitest";

import { startFakeOpenCode } from "./support/fake-opencode.ts";
import { reportsOn, temporaryFolder, writeTask } from "./support/folders.ts";

const PROGRAM = join(import.meta.dirname, "support/dispatching-process.ts");
const ARCHER = "/home/alice/Archer";

type Moment = readonly [point: string, when: "before" | "after"];

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly points: readonly string[];
}

async function live(args: readonly string[]): Promise<Life> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { signal, points: output.split("\n").filter((line) => line !== "") };
}

/** One task and everything around it, a life that may be killed, then one that is not. */
async function liveTwice(end: "completed" | "failed" | "unserved", moment?: Moment) {
  const opencode = await startFakeOpenCode(end === "unserved" ? [] : [ARCHER]);
  if (end === "failed") opencode.ends("failed");
  const tasks = await temporaryFolder();
  await writeTask(tasks, "fix", { project: "Archer" });
  const args = [opencode.origin, tasks, await temporaryFolder()];
  const first = await live([...args, ...(moment ?? [])]);
  await live(args);
  return {
    first,
    prompts: opencode.prompts.length,
    sessions: opencode.titles().length,
    reports: (await reportsOn(tasks, "fix")).map(({ kind }) => kind),
  };
}

/** Every call to the outside and to the ledger. How often a run is looked at depends on the machine: once is enough. */
function momentsOf(points: readonly string[]): Moment[] {
  return points
    .filter((point) => !/^(?:find|events|calls|unfinished)#|^runState#(?!1$)/.test(point))
    .flatMap((point): Moment[] => [
      [point, "before"],
      [point, "after"],
    ]);
}

test.each([
  ["completed", ["completed"], 1],
  ["failed", ["failed"], 1],
  ["unserved", ["waiting"], 0],
] as const)(
  "a process that is killed at any point of a task that ends %s sends it once and tells it once",
  async (end, reports, prompts) => {
    const whole = await liveTwice(end);
    const expected = { prompts, sessions: prompts, reports };
    expect(whole).toMatchObject(expected);
    const moments = momentsOf(whole.first.points);
    expect(moments.length).toBeGreaterThan(end === "unserved" ? 10 : 24);
    const queue = moments.values();
    async function work(): Promise<void> {
      for (const moment of queue) {
        const killed = await liveTwice(end, moment);
        expect
          .soft({ moment, ...killed })
          .toMatchObject({ moment, first: { signal: "SIGKILL" }, ...expected });
      }
    }
    await Promise.all([work(), work(), work()]);
  },
  180_000,
);
