import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { oneAtATime } from "../../scripts/one-at-a-time.ts";

export type RealProduct = "openclaw" | "clawdbot";

export const REAL_PRODUCTS: readonly RealProduct[] = ["openclaw", "clawdbot"];

/** What decides whether an installation is the locked one. */
const INPUTS = [".npmrc", "package.json", "package-lock.json"];
const STAMP = join("node_modules", ".automna-install");

/** Clawdbot transpiles its plugins at the first start of a machine; every later start finds the result here. */
export const CACHE_DIR = join(import.meta.dirname, "..", "..", ".cache", "gateways");

export function gatewayInstallDir(product: RealProduct): string {
  return join(import.meta.dirname, "..", "gateways", product);
}

/** Runs `npm ci` for every real gateway that is missing or whose lockfile changed. Install scripts do not run. */
export async function installGateways(
  say: (line: string) => void,
  products: readonly RealProduct[] = REAL_PRODUCTS,
): Promise<void> {
  await Promise.all(
    products.map((product) => oneAtATime(`install ${product}`, () => installGateway(product, say))),
  );
}

async function installGateway(product: RealProduct, say: (line: string) => void): Promise<void> {
  const dir = gatewayInstallDir(product);
  const fingerprint = await fingerprintOf(dir);
  const installed = await readFile(join(dir, STAMP), "utf8").catch(() => "");
  if (installed === fingerprint) return say(`${product}: the locked version is installed`);
  const startedAt = performance.now();
  say(`${product}: npm ci in e2e/gateways/${product} (about a minute)`);
  await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], { cwd: dir });
  await writeFile(join(dir, STAMP), fingerprint);
  say(`${product}: installed in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

async function fingerprintOf(dir: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of INPUTS) hash.update(await readFile(join(dir, name)));
  return hash.digest("hex");
}

if (import.meta.main) await installGateways((line) => process.stdout.write(`${line}\n`));
