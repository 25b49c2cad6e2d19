// What `npm start`, `npm test` and the other root scripts run on a fresh clone: plain JavaScript for
// Node 20, no dependencies. Brings node_modules in line with the lockfile, then hands over to a
// TypeScript file under the pinned Node of node_modules/.bin.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const windows = process.platform === "win32";
const env = { ...process.env, PATH: bin + delimiter + process.env.PATH };

/** Everything that decides what an install would produce; the database client is made by it, from the schema. */
function lockDigest() {
  const hash = createHash("sha256").update(process.platform + process.arch);
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "prisma/schema.prisma"]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function installIfStale() {
  const stampFile = join(root, "node_modules", ".install-stamp");
  const digest = lockDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Installing dependencies with ${packageManager} ...`);
  // `npm exec` keeps pnpm in npm's own cache: nothing global is installed.
  const { status } = spawnSync(
    "npm",
    ["exec", "--yes", `--package=${packageManager}`, "--", "pnpm", "install", "--frozen-lockfile"],
    { cwd: root, stdio: "inherit", env, shell: windows },
  );
  if (status !== 0) {
    console.error("The install failed. Read the lines above; a registry must be reachable the first time.");
    process.exit(status ?? 1);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, digest);
}

const [script, ...args] = process.argv.slice(2);
if (!script) {
  console.error("usage: node scripts/run.mjs FILE.ts [arguments]");
  process.exit(2);
}
installIfStale();
const child = spawn(join(bin, windows ? "node.cmd" : "node"), [join(root, script), ...args], {
  cwd: root,
  stdio: "inherit",
  env,
  shell: windows,
});
// A terminal sends Ctrl+C to the whole group. A supervisor sends SIGTERM to npm alone, whose shell dies of it without
// passing it on: then this process has a new parent.
const stop = () => child.kill("SIGTERM");
process.on("SIGTERM", stop);
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) stop();
}, 500).unref();
process.on("SIGINT", () => {});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
