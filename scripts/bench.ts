// npm run bench -- NAME [--json FILE]: one side-by-side benchmark of bench/NAME/main.ts.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { BenchReport } from "../bench/report.ts";

const folder = join(import.meta.dirname, "..", "bench");
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "main.ts")));

const { values, positionals } = parseArgs({
  options: { json: { type: "string" } },
  allowPositionals: true,
});
const name = positionals[0];
if (name === undefined || !names.includes(name)) {
  console.error(
    `usage: npm run bench -- NAME [--json FILE], where NAME is one of: ${names.join(", ") || "(none yet)"}`,
  );
  process.exit(2);
}
const { run } = (await import(join(folder, name, "main.ts"))) as { run: () => Promise<BenchReport> };
const report = await run();
console.table(report.subjects);
for (const { id, value, limit, unit, ok } of report.targets) {
  console.log(`${ok ? "met   " : "MISSED"} ${id}: ${value} ${unit} (target ${limit} ${unit})`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
