import { spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";

import { expect, onTestFinished, test, vi } from "vitest";

import { findServeProcesses, isServeCommand } from "../src/processes.ts";
import { oc, ocKill } from "../src/scripts.ts";
import { startBackends, stopServer } from "./support/backend.ts";
import { fakeOpencode, projectFolders } from "./support/fake-opencode.ts";

const { uid } = userInfo();

test.each([
  [["/usr/bin/opencode", "serve", "--port", "30000"], true],
  [["node", "/x/bin/opencode", "serve"], true],
  [["opencode"], false],
  [["opencode", "run", "serve"], false],
  [["vim", "opencode", "serve.txt"], false],
  [["grep", "opencode serve"], false],
  [["opencode-router", "serve"], false],
  [["sh", "-c", "opencode serve"], false],
])("the arguments %j are those of a server: %s", (argv, expected) => {
  expect(isServeCommand(argv)).toBe(expected);
});

function output() {
  const lines: string[] = [];
  const add = (text: string): void => void lines.push(text);
  return { lines, out: add, err: add };
}

test("oc without folders prints its usage and fails", async () => {
  const { lines, out, err } = output();
  const code = await oc([], { out, err, uid, command: "opencode", untilStopped: () => Promise.resolve() });
  expect(code).toBe(1);
  expect(lines.join("")).toContain("Usage: oc");
});

test("oc starts what is not served, skips what is, and stays until it is stopped", async () => {
  const [one = "", two = ""] = await projectFolders(["one", "two"]);
  const [placeholder] = await startBackends(["/srv/x"]);
  if (!placeholder) throw new Error("No port.");
  stopServer(placeholder.server);
  const stop = Promise.withResolvers<void>();
  const { lines, out, err } = output();
  const running = oc([one, two], {
    out,
    err,
    uid,
    command: await fakeOpencode(),
    scanStart: placeholder.port,
    scanEnd: placeholder.port + 20,
    findProcesses: () => Promise.resolve([{ pid: 1, directory: two }]),
    untilStopped: () => stop.promise,
  });
  await vi.waitFor(async () => {
    const found = await findServeProcesses(uid);
    expect(found.map(({ directory }) => directory)).toContain(one);
  });
  stop.resolve();
  expect(await running).toBe(0);
  expect(lines.join("")).toMatch(/^\[start\] .*one on port \d+\n\[skip\] .*two: it has a running server\n$/);
  const left = await findServeProcesses(uid);
  expect(left.map(({ directory }) => directory)).not.toContain(one);
});

test("oc ends with 1 when its program is missing, and says so once", async () => {
  const folders = await projectFolders(["one"]);
  const { lines, out, err } = output();
  const untilStopped = () => new Promise<void>(() => undefined);
  expect(await oc(folders, { out, err, uid, command: "/no/such/opencode", untilStopped })).toBe(1);
  expect(lines.filter((line) => line.startsWith("[error]"))).toEqual([
    expect.stringContaining('There is no program "/no/such/opencode"'),
  ]);
});

test("what oc-kill stops stays stopped: oc starts it no more, and ends with its last server", async () => {
  const folders = await projectFolders(["one", "two"]);
  const [placeholder] = await startBackends(["/srv/x"]);
  if (!placeholder) throw new Error("No port.");
  stopServer(placeholder.server);
  const { lines, out, err } = output();
  const running = oc(folders, {
    out,
    err,
    uid,
    command: await fakeOpencode(),
    scanStart: placeholder.port,
    scanEnd: placeholder.port + 20,
    findProcesses: () => Promise.resolve([]),
    untilStopped: () => new Promise(() => undefined),
  });
  const ours = async () =>
    (await findServeProcesses(uid)).filter(({ directory }) => folders.includes(directory));
  await vi.waitFor(async () => expect(await ours()).toHaveLength(2));
  const kill = (pid: number): void => void process.kill(pid, "SIGTERM");
  expect(await ocKill({ out, err, uid, findProcesses: ours, kill })).toBe(0);
  expect(await running).toBe(0);
  expect(lines.filter((line) => line.startsWith("[start]"))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith("[end]"))).toHaveLength(2);
  expect(await ours()).toEqual([]);
});

test("oc-kill ends the servers of this user and says which", async () => {
  const [folder = "", other = ""] = await projectFolders(["mine", "other"]);
  const command = await fakeOpencode();
  const server = spawn(command, ["serve", "--port", "0"], { cwd: folder, stdio: "ignore" });
  const bystander = spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)", "opencode", "serve"], {
    cwd: other,
  });
  onTestFinished(() => void [server, bystander].map((child) => child.kill("SIGKILL")));
  const ended = once(server, "exit");
  await vi.waitFor(async () => {
    const found = await findServeProcesses(uid);
    expect(found.map(({ pid }) => pid)).toContain(server.pid);
    expect(found.map(({ pid }) => pid)).not.toContain(bystander.pid);
  });
  const { lines, out, err } = output();
  // Other tests run servers of the same user: only this test's folder is touched.
  const findProcesses = async (user: number) =>
    (await findServeProcesses(user)).filter(({ directory }) => directory === folder);
  const kill = (pid: number): void => void process.kill(pid, "SIGTERM");
  expect(await ocKill({ out, err, uid, findProcesses, kill })).toBe(0);
  await ended;
  expect(lines).toEqual([`[stop] ${server.pid} ${folder}\n`, "1 stopped.\n"]);
  expect(bystander.exitCode).toBeNull();
});

test("oc-kill is friendly when nothing runs, and looks at no other user", async () => {
  const { lines, out, err } = output();
  const nobody = 4_294_000_000;
  const kill = vi.fn<(pid: number) => void>();
  expect(await ocKill({ out, err, uid: nobody, kill })).toBe(0);
  expect(lines.join("")).toContain("Nothing to stop");
  expect(kill).not.toHaveBeenCalled();
});

test("a system without /proc is told so", async () => {
  await expect(findServeProcesses(uid, "/no/such/folder")).rejects.toThrow("does not have");
});
