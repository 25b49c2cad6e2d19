import { add, closingLine, nothing, type Tally } from "./tally.ts";

export interface TestGroup {
  name: string;
  /** Why this machine cannot run the group, with what would make it able to; null when it can. */
  missing: () => string | null | Promise<string | null>;
  run: () => Tally | Promise<Tally>;
}

/**
 * Runs every group that this machine can run, prints a line for each that it cannot, and returns the
 * exit status. With `requireAll` a skipped group or test is a failure.
 */
export async function runGroups(groups: TestGroup[], requireAll: boolean): Promise<number> {
  let total = nothing;
  const skipped: string[] = [];
  for (const group of groups) {
    const reason = await group.missing();
    if (reason !== null) {
      skipped.push(`skipped: ${group.name}: ${reason}`);
      continue;
    }
    const tally = await group.run();
    if (tally.skipped > 0) skipped.push(`skipped: ${group.name}: ${tally.skipped} tests skipped themselves`);
    console.log(`${group.name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
    total = add(total, tally);
  }
  for (const line of skipped) console.log(line);
  if (requireAll && skipped.length > 0) {
    console.log("REQUIRE_ALL=1: each skip counts as a failure.");
    total = add(total, { ...nothing, failed: skipped.length });
  }
  console.log(closingLine(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}
