// npm run check: formatting, lint with the import rules, types of every package, unused code, published packages.
// `npm run check -- --fix format` writes the formatting, `--fix surface` the published packages' API files,
// `--fix registry` the table of contents of the parts that can be copied.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Tally, closingLine } from "./tally.ts";

const root = join(import.meta.dirname, "..");

const PACKAGE_CHECKS = "scripts/package-checks.ts";

const FIXES: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  format: ["oxfmt", "."],
  surface: ["node", PACKAGE_CHECKS, "--fix"],
  registry: ["node", "scripts/shadcn-registry.ts"],
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

async function run({ name, command: [program, ...args] }: Check): Promise<boolean> {
  const child = spawn(join(root, "node_modules", ".bin", program!), args, { cwd: root });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const [status]: (number | null)[] = await once(child, "close");
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}`);
  if (status !== 0) console.log(said);
  return status === 0;
}

/** Runs every static check; each counts as one test. */
export async function check(): Promise<Tally> {
  const wanted = checks();
  const failures: string[] = [];
  for (const one of wanted) if (!(await run(one))) failures.push(one.name);
  return { passed: wanted.length - failures.length, failed: failures.length, skipped: 0, failures };
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
  const tally = await check();
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
