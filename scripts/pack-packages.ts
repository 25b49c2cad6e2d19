import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackage, PUBLISHED } from "./published-package.ts";

const root = join(import.meta.dirname, "..");

/**
 * Packs the built packages as a release does, with the `exports` of `publishConfig` and versions in place of
 * `workspace:`. Returns each package's tarball by its full name.
 */
export function packPackages(destination: string): ReadonlyMap<string, string> {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    packageManager: string;
  };
  const filters = PUBLISHED.flatMap((name) => ["--filter", `@automna/${name}`]);
  const { status, stdout, stderr } = spawnSync(
    "npm",
    [
      "exec",
      "--yes",
      `--package=${packageManager}`,
      "--",
      "pnpm",
      "-r",
      ...filters,
      "pack",
      "--pack-destination",
      destination,
    ],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`pnpm could not pack the packages. It said:\n${stdout}${stderr}`);
  return new Map(
    PUBLISHED.map((name) => {
      const { version } = publishedPackage(name);
      return [`@automna/${name}`, join(destination, `automna-${name}-${version}.tgz`)];
    }),
  );
}
