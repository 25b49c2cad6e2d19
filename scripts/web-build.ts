import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const web = join(root, "apps", "web");
const stampFile = join(web, ".next", "build-stamp");

/** Everything that the pages are built from. */
const INPUTS = [
  "apps/web",
  "packages/protocol",
  "packages/client",
  "packages/react",
  "packages/proxy",
  "packages/control-plane",
];
/** Not read by the build, or written by it. */
const NOT_INPUTS = new Set([
  "node_modules",
  ".next",
  "dist",
  "test",
  "stories",
  "generated",
  "next-env.d.ts",
]);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_INPUTS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function digestOfInputs(): string {
  const hash = createHash("sha256");
  const files = [join(root, "pnpm-lock.yaml"), ...INPUTS.flatMap((folder) => filesBelow(join(root, folder)))];
  for (const file of files.toSorted()) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}

/** Builds the pages of apps/web unless they are built from just these sources already. */
export function buildWebIfStale(): void {
  const digest = digestOfInputs();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return;
  console.log("Building the app ...");
  rmSync(stampFile, { force: true });
  const { status } = spawnSync(
    process.execPath,
    [join(web, "node_modules", "next", "dist", "bin", "next"), "build"],
    {
      cwd: web,
      stdio: "inherit",
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    },
  );
  if (status !== 0) {
    console.error("The app could not be built; the lines above say why.");
    process.exit(status ?? 1);
  }
  writeFileSync(stampFile, digest);
}
