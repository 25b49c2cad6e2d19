import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { onOwnNetwork } from "./own-network.ts";
import type { Tally } from "./tally.ts";
import type { Output } from "./test-groups.ts";

const root = join(import.meta.dirname, "..");

/** Tests start our programs hundreds of times: what Node strips and compiles, it keeps. */
const ENVIRONMENT = { ...process.env, NODE_COMPILE_CACHE: join(root, ".cache", "node") };

interface VitestReport {
  numPassedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: FileReport[];
}

interface FileReport {
  name: string;
  status: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
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
    return { passed: 0, failed: 1, skipped: 0, failures: [`no report, status ${status}`] };
  }
  const result = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  const failures = result.testResults.flatMap(failuresOf);
  // Vitest also fails a run for errors outside any test.
  if (failures.length === 0 && status !== 0) failures.push("an error outside any test, above");
  return {
    passed: result.numPassedTests,
    failed: failures.length,
    skipped: result.numPendingTests + result.numTodoTests,
    failures,
    skips: result.testResults.flatMap(skipsOf),
  };
}

/** A line for each failed test; one for a file that failed before any of its tests could. */
function failuresOf({ name, status, message, assertionResults }: FileReport): string[] {
  const file = relative(root, name);
  const line = (subject: string, why = "") => `${subject}: ${why.trim().split("\n", 1)[0]}`;
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (status === "failed" && failed.length === 0) return [line(file, message)];
  return failed.map((test) => line(`${file} > ${test.fullName}`, test.failureMessages[0]));
}

/** Vitest has several words for a test that did not run. */
function skipsOf({ name, assertionResults }: FileReport): string[] {
  const skipped = assertionResults.filter(({ status }) => status !== "passed" && status !== "failed");
  return skipped.map(({ fullName }) => `${relative(root, name)} > ${fullName}`);
}
