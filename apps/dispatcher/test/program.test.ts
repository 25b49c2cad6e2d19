import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { expect, onTestFinished, test, vi } from "vitest";

import { compileCache } from "../../../scripts/compile-cache.ts";
import { FLAGS, readInvocation, secretsOf } from "../src/config.ts";
import { startFakeOpenCode } from "./support/fake-opencode.ts";
import { startFakeTickTick } from "./support/fake-ticktick.ts";
import { reportsOn, temporaryFolder, writeTask } from "./support/folders.ts";
import { TOKEN } from "./support/ticktick-token.ts";

const PROGRAM = join(import.meta.dirname, "../bin/automna-dispatch.ts");
const ARCHER = "/home/alice/Archer";

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...compileCache, PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, output: () => output, exited: once(child, "close").then(() => child.exitCode) };
}

test("no arguments give the documented defaults", () => {
  expect(readInvocation([], {}, "/home/alice")).toEqual({
    kind: "run",
    config: {
      source: { kind: "folder", folder: join(process.cwd(), "tasks") },
      router: "http://localhost:8080",
      routerToken: undefined,
      credentials: undefined,
      tag: "autocode",
      model: undefined,
      pollIntervalMs: 300_000,
      leaseMs: 300_000,
      runTimeoutMs: 7_200_000,
      concurrency: 3,
      state: "/home/alice/.local/state/automna-dispatch",
      once: false,
    },
  });
});

test("every secret of the environment is known as one", () => {
  const read = readInvocation(
    ["--source=ticktick"],
    {
      TICKTICK_TOKEN: "t1",
      OPENCODE_ROUTER_TOKEN: "t2",
      OPENCODE_SERVER_PASSWORD: "t3",
      XDG_STATE_HOME: "/state",
    },
    "/home/alice",
  );
  expect(read).toMatchObject({ config: { state: "/state/automna-dispatch", source: { token: "t1" } } });
  expect(read.kind === "run" && secretsOf(read.config)).toEqual(["t1", "t2", "t3", btoa("opencode:t3")]);
});

test.each([
  [["--source=jira"], '--source must be folder or ticktick, not "jira".'],
  [["--source=ticktick"], "--source=ticktick needs the account's token: set TICKTICK_TOKEN."],
  [["--source=ticktick", "tasks"], '--source=ticktick takes no task folder: leave "tasks" out.'],
  [
    ["--source=ticktick", "--ticktick-url=http://api.example"],
    "--ticktick-url=http://api.example would carry the token in the clear: use https.",
  ],
  [["a", "b"], "Name one task folder, not 2: flags come before it."],
  [["--poll-interval=1ms"], "--poll-interval must be a duration of at least 1s"],
  [["--lease=0"], "--lease must be a duration of at least 1s"],
  [["--router=localhost"], "--router must be an address"],
  [["--concurrency=0"], "--concurrency must be a whole number from 1 to 100"],
  [["--tocken=x"], "--tocken is not a flag of this program"],
])("bad configuration %j is said in a sentence", (args, problem) => {
  const read = readInvocation(args, {}, "/home/alice");
  expect(read.kind === "invalid" && read.problems.join(" ")).toContain(problem);
});

test("the program says what is wrong, and ends with 1; --help names every flag, and ends with 0", async () => {
  const bad = start(["--poll-interval=soon", "--once=maybe"]);
  expect(await bad.exited).toBe(1);
  expect(bad.output().trim().split("\n")).toEqual([
    expect.stringContaining("automna-dispatch: --poll-interval must be a duration"),
    expect.stringContaining("automna-dispatch: --once must be true or false"),
  ]);
  const help = start(["--help"]);
  expect(await help.exited).toBe(0);
  for (const { name } of FLAGS) expect(help.output()).toContain(`--${name}`);
});

test("--once does what one poll finds, and ends; its ledger is for its user only", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const [tasks, state] = [await temporaryFolder(), join(await temporaryFolder(), "ledger")];
  await writeTask(tasks, "fix", { project: "Archer" });
  const program = start(["--once", `--router=${opencode.origin}`, `--state=${state}`, tasks]);
  expect(await program.exited).toBe(0);
  expect(await reportsOn(tasks, "fix")).toMatchObject([{ kind: "completed" }]);
  const steps = [...program.output().matchAll(/^\S+ \[(\w+)\]/gm)].map(([, step]) => step);
  expect(steps).toEqual(["poll", "claimed", "session", "prompting", "running", "finished", "reported"]);
  expect((await stat(state)).mode & 0o777).toBe(0o700);
  expect((await stat(join(state, "dispatches.sqlite"))).mode & 0o777).toBe(0o600);
});

test("--once with a source that does not answer ends with 1", async () => {
  const tasks = join(await temporaryFolder(), "none");
  const program = start(["--once", `--state=${await temporaryFolder()}`, tasks]);
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain(`The task folder ${tasks} cannot be read: make it, or name another.`);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s in the middle of a run ends the program with 0, and the next start goes on with the same session",
  async (signal) => {
    const opencode = await startFakeOpenCode([ARCHER]);
    opencode.ends("held");
    const tasks = await temporaryFolder();
    await writeTask(tasks, "fix", { project: "Archer" });
    const args = [`--router=${opencode.origin}`, `--state=${await temporaryFolder()}`, tasks];
    const first = start(args);
    await vi.waitFor(() => expect(first.output()).toContain("[running]"));
    first.child.kill(signal);
    expect(await first.exited).toBe(0);
    expect(first.output()).toContain("What is unfinished goes on at the next start.");
    expect(first.output()).not.toContain("[retry]");
    opencode.finish("ses_1", "completed");
    expect(await start(["--once", ...args]).exited).toBe(0);
    expect(opencode.prompts).toHaveLength(1);
    expect(await reportsOn(tasks, "fix")).toMatchObject([{ kind: "completed" }]);
  },
);

test("two dispatchers never share a ledger", async () => {
  const [tasks, state] = [await temporaryFolder(), await temporaryFolder()];
  const first = start([`--state=${state}`, tasks]);
  await vi.waitFor(() => expect(first.output()).toContain("[poll]"));
  const second = start([`--state=${state}`, tasks]);
  expect(await second.exited).toBe(1);
  expect(second.output()).toBe(
    `automna-dispatch: Another dispatcher uses ${state}. Stop it, or choose another folder with --state.\n`,
  );
});

test("a state folder that cannot be had is said with its name", async () => {
  const file = join(await temporaryFolder(), "file");
  await writeFile(file, "");
  const program = start([`--state=${file}`, await temporaryFolder()]);
  expect(await program.exited).toBe(1);
  expect(program.output()).toContain(`The state folder ${file} cannot be used`);
});

test("no secret is printed, sent to the wrong place, or put into a comment", async () => {
  const secrets = { TICKTICK_TOKEN: TOKEN, OPENCODE_ROUTER_TOKEN: "the-router-token-of-this-test" };
  const content = `---\nproject: ${secrets.OPENCODE_ROUTER_TOKEN}\n---\nFix it.`;
  const task = { id: "a", projectId: "list", title: "A", content, tags: ["autocode"], status: 0 };
  const ticktick = await startFakeTickTick([task]);
  const opencode = await startFakeOpenCode([]);
  const flags = [`--ticktick-url=${ticktick.origin}`, `--router=${opencode.origin}`];
  const state = `--state=${await temporaryFolder()}`;
  const program = start(["--once", "--source=ticktick", ...flags, state], secrets);
  expect(await program.exited).toBe(0);
  expect(ticktick.comments.get("a")).toHaveLength(1);
  expect(ticktick.faults).toEqual([]);
  expect(opencode.authorization()).toBe(`Bearer ${secrets.OPENCODE_ROUTER_TOKEN}`);
  const told = program.output() + [...ticktick.comments.values()].join("\n");
  for (const secret of Object.values(secrets)) expect(told).not.toContain(secret);
});
