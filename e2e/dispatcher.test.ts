import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freeRange } from "../scripts/free-port.ts";
import { patienceMs } from "../scripts/test-patience.ts";

import { MODEL_ID, startModelServer } from "./support/model-server.ts";
import type { ModelServer } from "./support/model-server.ts";
import { createOpencodeHome, opencodeProgram, startRouterProcess } from "./support/opencode.ts";
import type { OpencodeHome, RouterProcess } from "./support/opencode.ts";

const PROGRAM = join(import.meta.dirname, "../apps/dispatcher/bin/automna-dispatch.ts");

let model: ModelServer;
let home: OpencodeHome;
let router: RouterProcess;
let project: string;
let tasks: string;

beforeAll(async () => {
  const program = await opencodeProgram();
  model = await startModelServer();
  home = await createOpencodeHome();
  await home.useModel(model.baseUrl, MODEL_ID);
  project = await home.folder("Archer");
  tasks = join(home.root, "tasks");
  await mkdir(tasks);
  const base = await freeRange(4);
  router = await startRouterProcess(
    [
      "--hostname=127.0.0.1",
      `--scan-start=${base}`,
      `--scan-end=${base + 3}`,
      "--scan-interval=1s",
      "--probe-timeout=10s",
      "--mdns=false",
      `--opencode-command=${program}`,
      project,
    ],
    home.env,
  );
  await vi.waitFor(
    async () => expect((await fetch(`${router.origin}/api/resolve?name=archer`)).status).toBe(200),
    { timeout: patienceMs, interval: 500 },
  );
});

afterAll(async () => {
  await router?.stop();
  await model?.stop();
  await home?.remove();
});

function onceArgs(): string[] {
  const state = join(home.root, "state-of-dispatch");
  return [PROGRAM, "--once", `--router=${router.origin}`, `--state=${state}`, tasks];
}

async function writeTask(name: string, fields: string, prompt: string): Promise<void> {
  await writeFile(join(tasks, `${name}.md`), `---\ntags: [autocode]\n${fields}\n---\n\n${prompt}\n`);
}

/** Writes a task, dispatches once, and reads what became of it. */
async function dispatch(
  name: string,
  fields: string,
  prompt: string,
): Promise<{ result: string; output: string }> {
  await writeTask(name, fields, prompt);
  return dispatchAgain(name);
}

async function dispatchAgain(name: string): Promise<{ result: string; output: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, onceArgs(), { env: { ...home.env } });
  return { result: await readFile(join(tasks, `${name}.result.md`), "utf8"), output: stdout };
}

interface Message {
  readonly info: { readonly role: string; readonly agent: string };
  readonly parts: readonly { readonly type: string; readonly text?: string }[];
}

/** The messages of the session that a result names, read from OpenCode. */
async function messagesOf(result: string): Promise<Message[]> {
  const session = /Session (ses_\w+) in/.exec(result)?.[1];
  const response = await fetch(
    `${router.origin}/archer/session/${session}/message?directory=${encodeURIComponent(project)}`,
  );
  return (await response.json()) as Message[];
}

async function conversation(result: string): Promise<string[][]> {
  return (await messagesOf(result)).map(({ info, parts }) => [
    info.role,
    parts.flatMap(({ type, text }) => (type === "text" && text ? [text] : [])).join(""),
  ]);
}

test("a task file becomes a session of a real server, and is completed with the answer in it", async () => {
  const { result, output } = await dispatch("greet", "project: ARCHER", "Say hello to the auth module.");
  expect(result).toMatch(/^---\nstatus: completed\ntask: "greet.md"\n---\n/);
  expect(result).toContain(` in ${project}.`);
  expect(await conversation(result)).toEqual([
    ["user", "Say hello to the auth module."],
    ["assistant", "Echo: Say hello to the auth module."],
  ]);
  expect(output).toContain("[reported] greet");
});

test("the task's model and agent reach the server", async () => {
  const { result } = await dispatch(
    "review",
    `project: archer\nmodel: ${MODEL_ID}\nagent: task`,
    "Look at it.",
  );
  expect(result).toContain("status: completed");
  const request = await model.request(({ userText }) => userText.includes("Look at it."));
  expect(request.model).toBe(MODEL_ID);
  expect((await messagesOf(result))[0]?.info.agent).toBe("general");
});

test("an answer that takes its time is waited for", async () => {
  const { result } = await dispatch("slow", "project: archer", "Think. [model:slow n=12 ms=250]");
  expect((await conversation(result)).at(-1)).toEqual([
    "assistant",
    Array.from({ length: 12 }, (_, at) => `w${at + 1}`).join(" "),
  ]);
});

test("a dispatcher that is killed while the server works finds the run again and sends nothing twice", async () => {
  await writeTask("killed", "project: archer", "Think long. [model:slow n=20 ms=150]");
  const killed = spawn(process.execPath, onceArgs(), { env: { ...home.env }, stdio: "ignore" });
  const exited = once(killed, "exit");
  const request = await model.request(({ userText }) => userText.includes("Think long."));
  killed.kill("SIGKILL");
  await exited;
  const { result } = await dispatchAgain("killed");
  expect(result).toContain("status: completed");
  expect((await conversation(result)).map(([role]) => role)).toEqual(["user", "assistant"]);
  expect(model.requests.filter(({ turn }) => turn.userText === request.turn.userText)).toHaveLength(1);
});

test("what a model refuses is a comment with its reason, and the task stays open", async () => {
  const before = model.requests.length;
  const { result } = await dispatch("broken", "project: archer", "Fail. [model:error status=400]");
  expect(result).toMatch(/^---\nstatus: failed\n/);
  expect(result).toContain("Not done: scripted failure 400.");
  expect(result.match(/^- /gm)).toHaveLength(1);
  expect(model.requests.length).toBeGreaterThan(before);
});

test("a model that the server does not have is a comment before anything is sent", async () => {
  const { result } = await dispatch("wish", "project: archer\nmodel: gpt-99", "Do it.");
  expect(result).toContain('No provider of this server has the model "gpt-99"');
});

test("a project that nobody serves is told with the next step", async () => {
  const { result } = await dispatch("nowhere", "project: Atlantis", "Do it.");
  expect(result).toMatch(/^---\nstatus: waiting\n/);
  expect(result).toContain('Run "opencode serve" in its folder');
});
