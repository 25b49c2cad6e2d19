import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneAtATime } from "./one-at-a-time.ts";

const root = join(import.meta.dirname, "..");

/** Not read by any build, or written by it. */
const NOT_INPUTS = new Set([
  "node_modules",
  ".next",
  "dist",
  "test",
  "stories",
  "generated",
  "next-env.d.ts",
]);

/** Something that is built from sources of this repository. Paths are relative to it. */
export interface StaleBuild {
  /** After "Building". */
  readonly name: string;
  /** Folders with everything that it is built from. */
  readonly inputs: readonly string[];
  /** A file of its output, where the state of its sources is written down. */
  readonly stamp: string;
  /** Program (run by this Node) and arguments, in which folder. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_INPUTS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function digestOf(inputs: readonly string[]): string {
  const hash = createHash("sha256");
  const files = [join(root, "pnpm-lock.yaml"), ...inputs.flatMap((folder) => filesBelow(join(root, folder)))];
  for (const file of files.toSorted()) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}

/**
 * Builds it unless it is built from just these sources already; ends the process when that fails. Programs that are
 * started at the same moment wait for the one that builds.
 */
export function buildIfStale(build: StaleBuild): Promise<void> {
  return whileNobodyBuilds(build.name, () => buildNow(build));
}

/** For work that must not meet a build of this name. */
export function whileNobodyBuilds<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  return oneAtATime(`build ${name}`, work);
}

function buildNow({ name, inputs, stamp, command, folder, env }: StaleBuild): void {
  const digest = digestOf(inputs);
  const stampFile = join(root, stamp);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return;
  console.log(`Building ${name} ...`);
  rmSync(stampFile, { force: true });
  const { status } = spawnSync(process.execPath, command, {
    cwd: join(root, folder),
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "production", ...env },
  });
  if (status !== 0) {
    console.error(`${name} could not be built; the lines above say why.`);
    process.exit(status ?? 1);
  }
  writeFileSync(stampFile, digest);
}
