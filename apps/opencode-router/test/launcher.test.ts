import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";

import { createLauncher } from "../src/launcher.ts";
import type { LaunchEvent, Launcher, LauncherOptions } from "../src/launcher.ts";
import { probeLoopback } from "../src/probe.ts";
import { startBackends, startTestRouter } from "./support/backend.ts";
import { fakeOpencode, isRunning, projectFolders } from "./support/fake-opencode.ts";
import { rawRequest } from "./support/raw-request.ts";

interface Rig {
  readonly launcher: Launcher;
  readonly events: LaunchEvent[];
  readonly base: number;
}

/** Ports that were free a moment ago, in a row. */
async function freeRange(size: number): Promise<number> {
  const backends = await startBackends(Array.from({ length: size }, (_, index) => `/srv/${index}`));
  await Promise.all(
    backends.map(
      ({ server }) => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
    ),
  );
  return backends[0]?.port ?? 0;
}

async function rig(command: string, overrides: Partial<LauncherOptions> = {}): Promise<Rig> {
  const base = await freeRange(4);
  const events: LaunchEvent[] = [];
  const launcher = createLauncher({
    command,
    scanStart: base,
    scanEnd: base + 3,
    reserved: new Set([base]),
    isServed: () => Promise.resolve(false),
    onEvent: (event) => events.push(event),
    backoffMs: 10,
    ...overrides,
  });
  onTestFinished(() => launcher.stop());
  return { launcher, events, base };
}

const said = (events: readonly LaunchEvent[], kind: LaunchEvent["kind"]) =>
  events.filter((event) => event.kind === kind);

test("each folder gets its own port and is ready when its server is healthy", async () => {
  const folders = await projectFolders(["one", "two"]);
  const { launcher, events, base } = await rig(await fakeOpencode());
  await launcher.start(folders);
  expect(said(events, "ready")).toHaveLength(2);
  for (const [index, folder] of folders.entries()) {
    const answer = await probeLoopback({ port: base + 1 + index, path: "/path", timeoutMs: 5_000 });
    expect(JSON.parse(answer?.body ?? "")).toEqual({ directory: folder });
  }
});

test("a port that somebody listens on is not given away", async () => {
  const [folder = ""] = await projectFolders(["one"]);
  const { launcher, events, base } = await rig(await fakeOpencode());
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(base + 1, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  await launcher.start([folder]);
  expect(said(events, "ready")).toEqual([{ kind: "ready", directory: folder, port: base + 2 }]);
});

test("what is no folder, named twice or served already is skipped with the reason", async () => {
  const [one = "", two = ""] = await projectFolders(["one", "two"]);
  const file = join(one, "file");
  await writeFile(file, "");
  const { launcher, events } = await rig(await fakeOpencode(), {
    isServed: (directory) => Promise.resolve(directory === two),
  });
  await launcher.start([one, one, two, file, join(one, "missing")]);
  expect(launcher.count).toBe(1);
  expect(said(events, "skip").map((event) => "reason" in event && event.reason)).toEqual([
    "it is named twice",
    "it has a running server",
    "it is not a folder",
    "it is not a folder",
  ]);
});

test("a range that is used up is an error that says what to do", async () => {
  const folders = await projectFolders(["a", "b"]);
  const base = await freeRange(1);
  const { launcher, events } = await rig(await fakeOpencode(), {
    scanStart: base,
    scanEnd: base,
    reserved: new Set(),
  });
  await launcher.start(folders);
  expect(said(events, "ready")).toHaveLength(1);
  expect(said(events, "error")).toMatchObject([
    { directory: folders[1], message: expect.stringContaining("--scan-end") },
  ]);
});

test("a program that does not exist is an error that says what to do", async () => {
  const { launcher, events } = await rig("no-such-program-here", { backoffMs: 60_000 });
  await launcher.start(await projectFolders(["a"]));
  expect(said(events, "error")).toMatchObject([{ message: expect.stringContaining("--opencode-command") }]);
});

test("a server that ends is started again, with growing pauses", async () => {
  const { launcher, events } = await rig(await fakeOpencode({ crashes: 20 }));
  await launcher.start(await projectFolders(["a"]));
  await vi.waitFor(() => expect(said(events, "restart").length).toBeGreaterThanOrEqual(3));
  const pauses = said(events, "restart").map((event) => "inMs" in event && event.inMs);
  expect(pauses.slice(0, 3)).toEqual([10, 20, 40]);
});

test("stopping ends the whole process group, also one that ignores SIGTERM", async () => {
  const [folder = ""] = await projectFolders(["a"]);
  const { launcher, events } = await rig(await fakeOpencode({ stubborn: true }), { killAfterMs: 200 });
  await launcher.start([folder]);
  const pids = await Promise.all(
    ["server.pid", "child.pid"].map(async (name) => Number(await readFile(join(folder, name), "utf8"))),
  );
  expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
  await launcher.stop();
  await vi.waitFor(async () => expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]));
  expect(said(events, "restart")).toEqual([]);
});

test("the router serves a folder, finds it by its scan, and stops it when it stops", async () => {
  const [folder = ""] = await projectFolders(["My App"]);
  const base = await freeRange(2);
  const router = await startTestRouter([], {
    scanStart: base,
    scanEnd: base + 1,
    command: await fakeOpencode(),
    directories: [folder],
  });
  await vi.waitFor(async () => {
    const answer = await rawRequest(router.port, "/my-app/session");
    expect(JSON.parse(answer.body)).toEqual({ url: "/session" });
  });
  const pid = Number(await readFile(join(folder, "server.pid"), "utf8"));
  await router.close();
  expect(await isRunning(pid)).toBe(false);
});

test("a folder that is served already is not served twice, also when it is named through a link", async () => {
  const [folder = "", link = ""] = await projectFolders(["app", "links/app"]);
  await rm(link, { recursive: true });
  await symlink(folder, link);
  const [backend] = await startBackends([folder]);
  if (!backend) throw new Error("No backend.");
  const events: LaunchEvent[] = [];
  await startTestRouter([backend], { directories: [link] }, { onLaunch: (event) => events.push(event) });
  await vi.waitFor(() =>
    expect(events).toEqual([{ kind: "skip", directory: link, reason: "it has a running server" }]),
  );
});
