import { expect, test } from "vitest";

import { createTickTickApi } from "../src/ticktick-api.ts";
import { createTickTickSource } from "../src/ticktick-source.ts";
import type { TaskSource } from "../src/task-source.ts";
import { startDispatcher } from "./support/dispatching.ts";
import { startFakeOpenCode } from "./support/fake-opencode.ts";
import { startFakeTickTick } from "./support/fake-ticktick.ts";
import type { FakeTask, FakeTickTick } from "./support/fake-ticktick.ts";
import { TOKEN } from "./support/ticktick-token.ts";

const { signal } = new AbortController();
const CONTENT = "---\nproject: Archer\n---\n\nFix it.";

function task(id: string, fields: Partial<FakeTask> = {}): FakeTask {
  return {
    id,
    projectId: "list/1",
    title: `Task ${id}`,
    content: CONTENT,
    tags: ["autocode"],
    status: 0,
    ...fields,
  };
}

function sourceOf(ticktick: FakeTickTick, token = TOKEN): { source: TaskSource; taken: () => number } {
  let taken = 0;
  const budget = { take: () => Promise.resolve(void (taken += 1)) };
  const api = createTickTickApi({ origin: ticktick.origin, token, budget, timeoutMs: 5_000 });
  return { source: createTickTickSource(api, "autocode"), taken: () => taken };
}

test("one call finds the open tasks with the tag, in every list", async () => {
  const ticktick = await startFakeTickTick([
    task("a"),
    task("b", { projectId: "inbox1" }),
    task("done", { status: 2 }),
    task("other", { tags: ["shopping"] }),
    task("none", { tags: undefined }),
  ]);
  const { source, taken } = sourceOf(ticktick);
  expect(await source.tasks(signal)).toEqual([
    { id: "a", title: "Task a", text: CONTENT, place: "list/1" },
    { id: "b", title: "Task b", text: CONTENT, place: "inbox1" },
  ]);
  expect(ticktick.requests).toEqual(["POST /open/v1/task/filter"]);
  expect(taken()).toBe(1);
  expect(ticktick.faults).toEqual([]);
});

test("more tasks than one answer holds are found list by list", async () => {
  const lists = Array.from({ length: 3 }, (_, list) => `list${list}`);
  const tasks = lists.flatMap((projectId) =>
    Array.from({ length: 90 }, (_, at) => task(`${projectId}-${at}`, { projectId })),
  );
  const ticktick = await startFakeTickTick([...tasks, task("other", { tags: ["shopping"] })]);
  const { source, taken } = sourceOf(ticktick);
  expect(await source.tasks(signal)).toHaveLength(270);
  expect(taken()).toBe(ticktick.requests.length);
  expect(ticktick.faults).toEqual([]);
});

test("a task is completed once, and a comment is added once, however often they are reported", async () => {
  const ticktick = await startFakeTickTick([task("a"), task("b")]);
  const { source } = sourceOf(ticktick);
  const [a, b] = await source.tasks(signal);
  if (!a || !b) throw new Error("No tasks.");
  for (let time = 0; time < 2; time += 1) {
    await source.report(a, { dispatch: "d1", kind: "completed", text: "Done." }, signal);
    await source.report(b, { dispatch: "d2", kind: "waiting", text: "Nobody serves it." }, signal);
    await source.report(b, { dispatch: "d2", kind: "failed", text: "Not done." }, signal);
  }
  expect(ticktick.tasks.map(({ status }) => status)).toEqual([2, 0]);
  expect(ticktick.requests.filter((request) => request.endsWith("/complete"))).toEqual([
    "POST /open/v1/project/list%2F1/task/a/complete",
  ]);
  expect(ticktick.comments.get("b")).toEqual([
    "Nobody serves it. (dispatch d2, waiting)",
    "Not done. (dispatch d2, failed)",
  ]);
  expect(ticktick.tasks.map(({ content }) => content)).toEqual([CONTENT, CONTENT]);
  expect(ticktick.faults).toEqual([]);
});

test("a task that was moved to another list is found there, and one that is gone is left in peace", async () => {
  const ticktick = await startFakeTickTick([task("a"), task("b")]);
  const { source } = sourceOf(ticktick);
  const [a, b] = await source.tasks(signal);
  const [moved] = ticktick.tasks;
  if (!a || !b || !moved) throw new Error("No tasks.");
  moved.projectId = "list2";
  ticktick.tasks.splice(1, 1);
  await source.report(a, { dispatch: "d1", kind: "completed", text: "Done." }, signal);
  await source.report(b, { dispatch: "d2", kind: "completed", text: "Done." }, signal);
  expect(moved.status).toBe(2);
  expect(ticktick.faults).toEqual([]);
});

test.each([
  [401, "TickTick answers 401 to /task/filter. Get a new token and set TICKTICK_TOKEN."],
  [403, "TickTick answers 403 to /task/filter. The token needs the scopes tasks:read and tasks:write."],
  [
    429,
    "TickTick answers 429 to /task/filter. Something else uses the same account's limit: poll less often.",
  ],
  [500, "TickTick answers 500 to /task/filter."],
])("an answer %i says what to do, and never the token", async (status, message) => {
  const ticktick = await startFakeTickTick([]);
  ticktick.breakWith(status);
  const { source } = sourceOf(ticktick);
  await expect(source.tasks(signal)).rejects.toThrow(message);
  await expect(source.tasks(signal)).rejects.not.toThrow(TOKEN);
});

test("from TickTick to a session and back: the task has status 2", async () => {
  const ticktick = await startFakeTickTick([task("a"), task("b", { content: "Fix it." })]);
  const opencode = await startFakeOpenCode(["/home/alice/Archer"]);
  const dispatcher = await startDispatcher(opencode.origin, { source: sourceOf(ticktick).source });
  await dispatcher.run();
  await dispatcher.run();
  expect(ticktick.tasks.map(({ id, status }) => [id, status])).toEqual([
    ["a", 2],
    ["b", 0],
  ]);
  expect(opencode.prompts.map(({ body }) => body["parts"])).toEqual([[{ type: "text", text: "Fix it." }]]);
  expect(ticktick.comments.get("b")).toEqual([expect.stringContaining("Begin the task with a line ---")]);
  expect(ticktick.faults).toEqual([]);
});
