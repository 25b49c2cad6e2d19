import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test, vi } from "vitest";

import { createFolderSource } from "../src/folder-source.ts";
import { createOpenCode } from "../src/opencode.ts";
import { SourceError } from "../src/task-source.ts";
import type { TaskSource } from "../src/task-source.ts";
import { startDispatcher } from "./support/dispatching.ts";
import { startFakeOpenCode } from "./support/fake-opencode.ts";
import { reportsOn, taskText, temporaryFolder, writeTask } from "./support/folders.ts";

const ARCHER = "/home/alice/Archer";

test("a task becomes one session and one prompt in its project, and is completed when the session is idle", async () => {
  const opencode = await startFakeOpenCode([ARCHER, "/home/alice/other"]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(
    dispatcher.tasks,
    "fix",
    { project: "archer", agent: "task", model: "one/alpha" },
    "Fix it.",
  );
  const before = await readFile(join(dispatcher.tasks, "fix.md"), "utf8");
  await dispatcher.run();
  expect(opencode.prompts).toEqual([
    {
      session: "ses_1",
      directory: ARCHER,
      body: {
        messageID: expect.stringMatching(/^msg_[0-9a-f]{26}$/),
        parts: [{ type: "text", text: "Fix it." }],
        model: { providerID: "one", modelID: "alpha" },
        agent: "general",
      },
    },
  ]);
  expect(opencode.titles()).toEqual([expect.stringMatching(/^fix \(dispatch \w{16}\)$/)]);
  expect(await reportsOn(dispatcher.tasks, "fix")).toEqual([
    { kind: "completed", text: `Done by OpenCode. Session ses_1 in ${ARCHER}.` },
  ]);
  expect(await readFile(join(dispatcher.tasks, "fix.md"), "utf8")).toBe(before);
  await dispatcher.run();
  expect(opencode.prompts).toHaveLength(1);
});

test("without model and agent the server chooses both", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(Object.keys(opencode.prompts[0]?.body ?? {})).toEqual(["messageID", "parts"]);
});

test("a session that fails is commented on with its reason, and runs again when the task is changed", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("failed");
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  await dispatcher.run();
  const text = `Not done: the model is away. Session ses_1 in ${ARCHER}. Change this task to run it again.`;
  expect(await reportsOn(dispatcher.tasks, "fix")).toEqual([{ kind: "failed", text }]);
  expect(opencode.prompts).toHaveLength(1);
  opencode.ends("completed");
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" }, "Fix it in another way.");
  await dispatcher.run();
  expect((await reportsOn(dispatcher.tasks, "fix")).map(({ kind }) => kind)).toEqual(["failed", "completed"]);
  expect(opencode.prompts).toHaveLength(2);
});

test("a task that cannot be dispatched is commented on once, with what to write", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { agent: "painter" });
  await dispatcher.run();
  await dispatcher.run();
  const text =
    "This task cannot be dispatched. Write the name of the project's folder as project: NAME. " +
    "Write agent: as coder or task, or leave it out.";
  expect(await reportsOn(dispatcher.tasks, "fix")).toEqual([{ kind: "failed", text }]);
  expect(opencode.titles()).toEqual([]);
});

test("a project that nobody serves is commented on once, and dispatched when somebody does", async () => {
  const opencode = await startFakeOpenCode([]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  await dispatcher.run();
  const waiting = await reportsOn(dispatcher.tasks, "fix");
  expect(waiting).toMatchObject([{ kind: "waiting" }]);
  expect(waiting[0]?.text).toMatch(
    /^Nobody serves a project named "Archer"\. Run "opencode serve" in its folder/,
  );
  opencode.served.add(ARCHER);
  await dispatcher.run();
  expect((await reportsOn(dispatcher.tasks, "fix")).map(({ kind }) => kind)).toEqual([
    "waiting",
    "completed",
  ]);
});

test("a task that its writer takes back before it was sent is forgotten", async () => {
  const opencode = await startFakeOpenCode([]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  await writeFile(join(dispatcher.tasks, "fix.md"), taskText({ project: "Archer", tags: "[later]" }, "x"));
  opencode.served.add(ARCHER);
  await dispatcher.run();
  expect(dispatcher.ledger.unfinished("folder")).toEqual([]);
  expect(opencode.titles()).toEqual([]);
});

test("an idle event that was missed during a drop of the stream is not missed", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin, { recheckMs: 60_000 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.seenBusy).toEqual(["ses_1"]));
  opencode.finish("ses_1", "completed", true);
  opencode.cutStreams();
  await dispatcher.idle();
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "completed" }]);
  expect(dispatcher.events.filter(({ kind }) => kind === "retry")).not.toEqual([]);
});

test("an error that was missed during a drop is no success", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin, { recheckMs: 60_000 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.prompts).toHaveLength(1));
  opencode.finish("ses_1", "failed", true);
  opencode.emit({ type: "session.idle", properties: { sessionID: "ses_1" } });
  await dispatcher.idle();
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "failed" }]);
});

test("an end that no event tells is found by looking", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.prompts).toHaveLength(1));
  opencode.finish("ses_1", "completed", true);
  await dispatcher.idle();
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "completed" }]);
});

test("events of other sessions mean nothing", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.prompts).toHaveLength(1));
  opencode.emit({ type: "session.error", properties: { sessionID: "ses_other", error: { name: "X" } } });
  opencode.emit({ type: "session.error", properties: { error: { name: "X" } } });
  opencode.finish("ses_1", "completed");
  await dispatcher.idle();
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "completed" }]);
});

test("a run that takes longer than allowed is given up, and the comment says so", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin, { runTimeoutMs: 0 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  const [report] = await reportsOn(dispatcher.tasks, "fix");
  expect(report?.text).toContain("It took longer than --run-timeout allows.");
});

test("a server that was restarted in the middle of a run does not hold its task for ever", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin, { silentMs: 10 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.prompts).toHaveLength(1));
  opencode.forget("ses_1");
  await dispatcher.idle();
  const [report] = await reportsOn(dispatcher.tasks, "fix");
  expect(report?.text).toContain("Was its server restarted?");
});

test("a prompt whose answer was not heard is looked for, and not sent again", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("unheard");
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(opencode.prompts).toHaveLength(1);
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "completed" }]);
});

test("a prompt that its server does not keep is sent once per lease, and given up after the third", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("unavailable");
  const dispatcher = await startDispatcher(opencode.origin, { leaseMs: 10, recheckMs: 5 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(opencode.prompts).toHaveLength(3);
  expect(new Set(opencode.prompts.map(({ body }) => body["messageID"])).size).toBe(1);
  const leases = dispatcher.events.flatMap((event) =>
    event.kind === "step" && event.dispatch.step === "prompting" ? [event.dispatch] : [],
  );
  expect(leases.map(({ lease }) => lease)).toEqual([1, 2, 3]);
  for (const [index, { leaseUntil }] of leases.entries()) {
    const next = leases[index + 1];
    if (next) expect(next.leaseUntil - leaseUntil).toBeGreaterThanOrEqual(10);
  }
  const [report] = await reportsOn(dispatcher.tasks, "fix");
  expect(report?.text).toContain("takes the prompt and does not keep it");
});

test("a prompt that its server took and lost is not taken for done", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("lost");
  const dispatcher = await startDispatcher(opencode.origin, { silentMs: 10 });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(opencode.prompts).toHaveLength(1);
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "failed" }]);
});

test("two tasks never work in one project at a time, and those of two projects do", async () => {
  const notes = "/home/alice/my notes";
  const opencode = await startFakeOpenCode([notes, "/home/alice/web"]);
  opencode.ends("held");
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "a", { project: "My Notes" });
  await writeTask(dispatcher.tasks, "b", { project: "my-notes" });
  await writeTask(dispatcher.tasks, "c", { project: "web" });
  await dispatcher.start();
  await vi.waitFor(() => expect(opencode.prompts).toHaveLength(2));
  expect(opencode.prompts.map(({ directory }) => directory).sort()).toEqual([notes, "/home/alice/web"]);
  const first = opencode.prompts.find(({ directory }) => directory === notes);
  opencode.ends("completed");
  for (const { session } of opencode.prompts) opencode.finish(session, "completed");
  await dispatcher.idle();
  expect(opencode.prompts).toHaveLength(3);
  expect(opencode.prompts[2]?.session).not.toBe(first?.session);
});

test.each([
  ["alpha", { providerID: "one", modelID: "alpha" }],
  ["vendor/any/name", { providerID: "vendor", modelID: "any/name" }],
])("the model %s is sent as %j", async (model, sent) => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer", model });
  await dispatcher.run();
  expect(opencode.prompts[0]?.body["model"]).toEqual(sent);
});

test.each([
  ["gamma", 'No provider of this server has the model "gamma": write it as provider/model.'],
  ["shared", 'Several providers have the model "shared": write one of one/shared, two/shared.'],
])("the model %s is refused before anything is sent", async (model, reason) => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer", model });
  await dispatcher.run();
  expect(opencode.prompts).toEqual([]);
  expect((await reportsOn(dispatcher.tasks, "fix"))[0]?.text).toContain(reason);
});

test("a task's own model wins over the dispatcher's", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin, { model: "two/beta" });
  await writeTask(dispatcher.tasks, "a", { project: "Archer" });
  await writeTask(dispatcher.tasks, "b", { project: "Archer", model: "one/alpha" });
  await dispatcher.run();
  expect(opencode.prompts.map(({ body }) => body["model"])).toEqual([
    { providerID: "two", modelID: "beta" },
    { providerID: "one", modelID: "alpha" },
  ]);
});

test("while the router is away nothing is told to anybody, and the next poll goes on", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  opencode.breakWith(503);
  await dispatcher.run();
  expect(await reportsOn(dispatcher.tasks, "fix")).toEqual([]);
  expect(dispatcher.events.at(-1)).toMatchObject({ kind: "retry", error: { name: "UnreachableError" } });
  opencode.breakWith(undefined);
  await dispatcher.run();
  expect(await reportsOn(dispatcher.tasks, "fix")).toMatchObject([{ kind: "completed" }]);
});

test("a server that refuses who we are is told with what to set", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  opencode.breakWith(401);
  await dispatcher.run();
  expect(dispatcher.events.at(-1)).toMatchObject({
    kind: "retry",
    error: { message: expect.stringContaining("set OPENCODE_ROUTER_TOKEN") },
  });
});

test("a server whose password we do not have is a matter for the operator, not for the task", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.lock();
  const dispatcher = await startDispatcher(opencode.origin);
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(await reportsOn(dispatcher.tasks, "fix")).toEqual([]);
  expect(dispatcher.events.at(-1)).toMatchObject({
    kind: "retry",
    error: { message: expect.stringContaining("Set OPENCODE_SERVER_PASSWORD") },
  });
});

test("a report that could not be written is written at the next poll", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const folder = await temporaryFolder();
  const files = createFolderSource({ folder, tag: "autocode", now: Date.now });
  const report = vi.fn<TaskSource["report"]>((...args) => files.report(...args));
  report.mockRejectedValueOnce(new SourceError("The disk is full."));
  const dispatcher = await startDispatcher(opencode.origin, { source: { ...files, report } });
  await writeTask(folder, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(await reportsOn(folder, "fix")).toEqual([]);
  await dispatcher.run();
  expect(await reportsOn(folder, "fix")).toMatchObject([{ kind: "completed" }]);
  expect(opencode.prompts).toHaveLength(1);
});

test("what a server says is told without our secrets", async () => {
  const opencode = await startFakeOpenCode([ARCHER]);
  opencode.ends("failed");
  const dispatcher = await startDispatcher(opencode.origin, {
    redact: (text) => text.replaceAll("the model", "***"),
  });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect((await reportsOn(dispatcher.tasks, "fix"))[0]?.text).toContain("Not done: *** is away.");
});

test.each([
  [{ routerToken: "the-router-token", credentials: undefined }, "Bearer the-router-token"],
  [{ routerToken: "x", credentials: { username: "u", password: "p" } }, "Basic dTpw"],
])("%j is sent as authorization", async (secrets, header) => {
  const opencode = await startFakeOpenCode([ARCHER]);
  const client = createOpenCode({ router: opencode.origin, timeoutMs: 5_000, ...secrets });
  const dispatcher = await startDispatcher(opencode.origin, { opencode: client });
  await writeTask(dispatcher.tasks, "fix", { project: "Archer" });
  await dispatcher.run();
  expect(opencode.prompts).toHaveLength(1);
  expect(opencode.authorization()).toBe(header);
});
