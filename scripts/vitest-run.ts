import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onOwnNetwork } from "./own-network.ts";
import type { Tally } from "./tally.ts";
import type { Output } from "./test-groups.ts";

const root = join(import.meta.dirname, "..");

/** Tests start our programs hundreds of times: what Node strips and compiles, it keeps. */
const ENVIRONMENT = { ...process.env, NODE_COMPILE_CACHE: join(root, ".cache", "node") };

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
  testResults: { status: string; assertionResults: unknown[] }[];
}

export interface VitestOptions {
  readonly args?: readonly string[];
  /** As on a machine of its own, where containers may come and go. */
  readonly ownNetwork?: boolean;
}

/** Runs Vitest projects and counts from its own report; a file that could not be loaded counts as a failure. */
export async function runVitest(
  projects: readonly string[],
  output: Output,
  { args = [], ownNetwork = false }: VitestOptions = {},
): Promise<Tally> {
  const report = join(root, ".cache", `vitest-${projects.join("-")}.json`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  rmSync(report, { force: true });
  const command = [
    process.execPath,
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    ...projects.flatMap((name) => ["--project", name]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ] as const;
  const [program, ...rest] = ownNetwork ? onOwnNetwork(command) : command;
  const run = spawn(program, rest, { cwd: root, env: ENVIRONMENT, stdio: ["ignore", output, output] });
  const [status]: (number | null)[] = await once(run, "exit");
  if (!existsSync(report)) {
    console.error(`Vitest ended with status ${status} before it wrote its report.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const result = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  const unloaded = result.testResults.filter(
    (f) => f.status === "failed" && f.assertionResults.length === 0,
  ).length;
  const failed = result.numFailedTests + unloaded;
  return {
    passed: result.numPassedTests,
    // Vitest also fails a run for errors outside any test.
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
