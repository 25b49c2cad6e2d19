import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const locked = join(import.meta.dirname, "..", "e2e", "gateways");

/** The real gateways that can be fetched from npm. */
export type RealProduct = "openclaw" | "clawdbot";

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json"]) hash.update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

/** Installs a real gateway, in the locked version that the tests run against, into `{dataDir}/gateways/{product}`. */
export function fetchGateway(product: RealProduct, dataDir: string): void {
  const source = join(locked, product);
  const target = join(dataDir, "gateways", product);
  const stamp = join(target, ".installed");
  const digest = digestOf(source);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  console.log(`Fetching ${product} from npm into ${target} (about a minute and half a gigabyte) ...`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  cpSync(source, target, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
  const { status } = spawnSync(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: target,
      stdio: "inherit",
      shell: process.platform === "win32",
    },
  );
  if (status !== 0) {
    console.error(`${product} could not be fetched. A npm registry must be reachable the first time.`);
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, digest);
}
