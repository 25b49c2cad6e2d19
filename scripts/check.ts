// npm run check: formatting, lint with the import rules, types of every package, unused code, published packages.
// `npm run check -- --fix format` writes the formatting, `--fix surface` the published packages' API files.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Tally, closingLine } from "./tally.ts";

const root = join(import.meta.dirname, "..");

const PACKAGE_CHECKS = "scripts/package-checks.ts";

const FIXES: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  format: ["oxfmt", "."],
  surface: ["node", PACKAGE_CHECKS, "--fix"],
};

interface Check {
  name: string;
  command: string[];
}

function tsconfigs(): string[] {
  const found = [
    "scripts/tsconfig.json",
    "bench/tsconfig.json",
    "e2e/tsconfig.json",
    "deploy/tsconfig.json",
    ".storybook/tsconfig.json",
  ];
  for (const folder of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, folder))) {
      for (const part of ["", "test/", "stories/"]) found.push(`${folder}/${name}/${part}tsconfig.json`);
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
    { name: "published packages", command: ["node", PACKAGE_CHECKS] },
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

/** Writes what one check compares, and returns the exit status. */
function fix(name: string): number {
  const [program, ...args] = FIXES[name] ?? [];
  if (program === undefined) {
    console.error(`--fix knows ${Object.keys(FIXES).join(" and ")}, not "${name}".`);
    return 2;
  }
  const file = join(root, "node_modules", ".bin", program);
  return spawnSync(file, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

if (import.meta.main) {
  const at = process.argv.indexOf("--fix");
  if (at !== -1) process.exit(fix(process.argv[at + 1] ?? "format"));
  const tally = check();
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
