import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { add, closingLine, nothing, type Tally } from "./tally.ts";

export interface TestGroup {
  name: string;
  /** It mostly waits: it runs beside the others, and what it wrote is shown when it is through. */
  beside?: boolean;
  /** Why this machine cannot run the group, with what would make it able to; null when it can. */
  missing: () => string | null | Promise<string | null>;
  /** @param output Where the programs that it starts write. */
  run: (output: Output) => Promise<Tally>;
}

/** As an element of `stdio`: this process's own, or a file. */
export type Output = "inherit" | number;

type Outcome = { group: TestGroup; skipped: string } | { group: TestGroup; tally: Tally };

/**
 * Runs every group that this machine can run, prints a line for each that it cannot, and returns the
 * exit status. With `requireAll` a skipped group or test is a failure.
 */
export async function runGroups(groups: TestGroup[], requireAll: boolean): Promise<number> {
  const besides = groups.filter((group) => group.beside).map(runAside);
  const outcomes: Outcome[] = [];
  for (const group of groups) {
    if (!group.beside) outcomes.push(await runHere(group, "inherit"));
  }
  return conclude([...outcomes, ...(await Promise.all(besides))], requireAll);
}

async function runHere(group: TestGroup, output: Output): Promise<Outcome> {
  const reason = await group.missing();
  if (reason !== null) return { group, skipped: `skipped: ${group.name}: ${reason}` };
  const tally = await group.run(output);
  if (output === "inherit") console.log(tallyLine(group, tally));
  return { group, tally };
}

async function runAside(group: TestGroup): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "automna-test-group-"));
  const file = join(folder, "output");
  const output = openSync(file, "a");
  try {
    const outcome = await runHere(group, output);
    if ("tally" in outcome) console.log(readFileSync(file, "utf8") + tallyLine(group, outcome.tally));
    return outcome;
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}

function conclude(outcomes: readonly Outcome[], requireAll: boolean): number {
  let total = nothing;
  const skipped: string[] = [];
  const failures: string[] = [];
  for (const outcome of outcomes) {
    if ("skipped" in outcome) {
      skipped.push(outcome.skipped);
      continue;
    }
    const { group, tally } = outcome;
    if (tally.skipped > 0) {
      const names = tally.skips?.join("; ") ?? "unnamed";
      skipped.push(`skipped: ${group.name}: ${tally.skipped} tests skipped themselves: ${names}`);
    }
    for (const failure of tally.failures ?? []) failures.push(`failed: ${group.name}: ${failure}`);
    total = add(total, tally);
  }
  for (const line of failures) console.log(line);
  for (const line of skipped) console.log(line);
  if (requireAll && skipped.length > 0) {
    console.log("REQUIRE_ALL=1: each skip counts as a failure.");
    total = add(total, { ...nothing, failed: skipped.length });
  }
  console.log(closingLine(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function tallyLine({ name }: TestGroup, { passed, failed, skipped }: Tally): string {
  return `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}
