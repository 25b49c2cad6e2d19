import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A folder for this test, removed when it is over. */
async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "opencode-router-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export async function projectFolders(names: readonly string[]): Promise<string[]> {
  const root = await temporaryFolder();
  const folders = names.map((name) => join(root, name));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  return folders;
}

/**
 * A program named `opencode` that understands `serve --port N`. With `stubborn` it does not end on SIGTERM and has a
 * child that does not either; with `crashes` it ends after that many milliseconds.
 */
export async function fakeOpencode(
  options: { readonly stubborn?: boolean; readonly crashes?: number } = {},
): Promise<string> {
  const file = join(await temporaryFolder(), "opencode");
  await writeFile(
    file,
    `#!${process.execPath}
const { createServer } = require("node:http");
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
if (${options.stubborn === true}) {
  process.on("SIGTERM", () => {});
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM',()=>{});setInterval(()=>{},1e3)"], { stdio: "ignore" });
  writeFileSync("child.pid", String(child.pid));
}
writeFileSync("server.pid", String(process.pid));
createServer((req, res) => {
  const known = {
    "/global/health": { healthy: true, version: "0.0.1" },
    "/project/current": { id: "global", worktree: "/" },
    "/path": { directory: process.cwd() },
  };
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(known[req.url] ?? { url: req.url }));
}).listen(port, "127.0.0.1");
if (${options.crashes ?? 0} > 0) setTimeout(() => process.exit(7), ${options.crashes ?? 0});
`,
  );
  await chmod(file, 0o755);
  return file;
}

/** `true` while a process runs. One that has ended and waits for its parent to notice does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return status !== undefined && !/^\d+ \(.*\) [ZX]/s.test(status);
}
