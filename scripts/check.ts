// npm run check: formatting, lint with the import rules, types of every package, unused code, docs tables.
// `npm run check -- --fix format` writes the formatting.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Tally, closingLine } from "./tally.ts";

const root = join(import.meta.dirname, "..");

interface Check {
  name: string;
  command: string[];
}

function tsconfigs(): string[] {
  const found = ["scripts/tsconfig.json", "e2e/tsconfig.json"];
  for (const folder of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, folder))) {
      found.push(`${folder}/${name}/tsconfig.json`, `${folder}/${name}/test/tsconfig.json`);
    }
  }
  return found.filter((file) => existsSync(join(root, file)));
}

function checks(): Check[] {
  return [
    { name: "format", command: ["oxfmt", "--check", "."] },
    { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
    ...tsconfigs().map((file) => ({ name: `types ${file}`, command: ["tsc", "-p", file] })),
    { name: "unused code", command: ["knip", "--no-progress"] },
  ];
}

function run({ name, command: [program, ...args] }: Check): boolean {
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules", ".bin", program!), args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
  if (status !== 0) console.log(stdout + stderr);
  return status === 0;
}

/** Runs every static check; each counts as one test. */
export function check(): Tally {
  const results = checks().map(run);
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

if (import.meta.main) {
  if (process.argv.includes("--fix")) {
    process.exit(
      spawnSync(join(root, "node_modules", ".bin", "oxfmt"), ["."], { cwd: root, stdio: "inherit" }).status ??
        1,
    );
  }
  const tally = check();
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
