import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect, test } from "vitest";

import { startFakeOpenCode } from "./support/fake-opencode.ts";
import { startFakeTickTick } from "./support/fake-ticktick.ts";
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

interface World {
  /** What the process takes its task from. */
  readonly tasks: string;
  /** What was told about the task, in order. */
  readonly told: () => Promise<readonly string[]>;
}

async function folderWorld(): Promise<World> {
  const tasks = await temporaryFolder();
  await writeTask(tasks, "fix", { project: "Archer" });
  return { tasks, told: async () => (await reportsOn(tasks, "fix")).map(({ kind }) => kind) };
}

async function tickTickWorld(): Promise<World> {
  const content = "---\nproject: Archer\n---\nFix it.";
  const task = { id: "a", projectId: "list", title: "Fix", content, tags: ["autocode"], status: 0 };
  const { origin, requests } = await startFakeTickTick([task]);
  const told = (): string[] =>
    requests.flatMap((request) => /^POST .*\/(complete|comment)$/.exec(request)?.slice(1) ?? []);
  return { tasks: origin, told: () => Promise.resolve(told()) };
}

/** A life that may be killed, then one that is not. */
async function liveTwice(
  createWorld: () => Promise<World>,
  end: "completed" | "failed" | "unserved",
  moment?: Moment,
) {
  const opencode = await startFakeOpenCode(end === "unserved" ? [] : [ARCHER]);
  if (end === "failed") opencode.ends("failed");
  const world = await createWorld();
  const args = [opencode.origin, world.tasks, await temporaryFolder()];
  const first = await live([...args, ...(moment ?? [])]);
  await live(args);
  const [prompts, sessions] = [opencode.prompts.length, opencode.titles().length];
  return { first, prompts, sessions, told: await world.told() };
}

/**
 * Every call to the outside and to the ledger. How often a run is looked at, and a connection that broke is had anew,
 * depends on the machine: once is enough.
 */
function momentsOf(points: readonly string[]): Moment[] {
  return points
    .filter((point) => !/^(?:find|events|calls|unfinished)#|^runState#(?!1$)|^resolve#(?![123]$)/.test(point))
    .flatMap((point): Moment[] => [
      [point, "before"],
      [point, "after"],
    ]);
}

test.each([
  ["a file", "completed", folderWorld, 1, ["completed"]],
  ["a file", "failed", folderWorld, 1, ["failed"]],
  ["a file", "unserved", folderWorld, 0, ["waiting"]],
  ["TickTick", "completed", tickTickWorld, 1, ["complete"]],
  ["TickTick", "failed", tickTickWorld, 1, ["comment"]],
] as const)(
  "a process that is killed at any point of a task from %s that ends %s sends it once and tells it once",
  async (_, end, createWorld, prompts, told) => {
    const whole = await liveTwice(createWorld, end);
    const expected = { prompts, sessions: prompts, told };
    expect(whole).toMatchObject(expected);
    const moments = momentsOf(whole.first.points);
    expect(moments.length).toBeGreaterThan(end === "unserved" ? 10 : 24);
    const queue = moments.values();
    async function work(): Promise<void> {
      for (const moment of queue) {
        const killed = await liveTwice(createWorld, end, moment);
        expect
          .soft({ moment, ...killed })
          .toMatchObject({ moment, first: { signal: "SIGKILL" }, ...expected });
      }
    }
    await Promise.all([work(), work(), work()]);
  },
  600_000,
);
