// Builds and packs the published packages and looks at what their users would get. Part of `npm run check`;
// with `--fix` it rewrites the kept API surfaces instead of comparing them.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { apiSurfaces, surfaceDifferences, undocumentedExports, writeSurfaces } from "./api-surface.ts";
import { buildPackages } from "./build-packages.ts";
import { exportsWithoutExample } from "./export-examples.ts";
import { packPackages } from "./pack-packages.ts";
import {
  builtFile,
  entriesOf,
  type PublishedPackage,
  publishedPackage,
  PUBLISHED,
} from "./published-package.ts";

const root = join(import.meta.dirname, "..");

/** Modules of the source that say where the client begins, and whose built file does not. */
function lostDirectives({ folder }: PublishedPackage): string[] {
  const begins = (file: string) => /^["']use client["'];/.test(readFileSync(join(folder, file), "utf8"));
  return globSync("src/**/*.{ts,tsx}", { cwd: folder })
    .filter(begins)
    .filter((file) => existsSync(join(folder, builtFile(file))) && !begins(builtFile(file)))
    .map((file) => `${folder}/${builtFile(file)} has lost "use client"`);
}

/** Files that the built style sheets import and that the build has not. */
function missingStyles(published: PublishedPackage): string[] {
  return entriesOf(published).styles.flatMap((style) => {
    const file = join(published.folder, builtFile(style));
    const imports = [...readFileSync(file, "utf8").matchAll(/@import\s+"(\.[^"]+)"/g)];
    return imports
      .map(([, path]) => join(dirname(file), path ?? ""))
      .filter((path) => !existsSync(path))
      .map((path) => `${file} imports ${path}, which the build has not`);
  });
}

function complaints(program: string, args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules", ".bin", program), args, {
    cwd: root,
    encoding: "utf8",
  });
  return status === 0 ? [] : [stdout + stderr];
}

function tarballComplaints(name: string, tarball: string): string[] {
  const published = publishedPackage(name.replace("@automna/", ""));
  const styles = Object.keys(published.exports).filter((entry) => entry.endsWith(".css"));
  return [
    ...complaints("publint", ["run", "--strict", tarball]),
    ...complaints("attw", [
      tarball,
      "--profile",
      "esm-only",
      "--no-definitely-typed",
      "--format",
      "ascii",
      "--no-emoji",
      ...(styles.length > 0 ? ["--exclude-entrypoints", ...styles] : []),
    ]),
  ];
}

async function problems(): Promise<string[]> {
  const packages = PUBLISHED.map(publishedPackage);
  const surfaces = await apiSurfaces();
  const scratch = mkdtempSync(join(tmpdir(), "automna-pack-"));
  try {
    return [
      ...packages.flatMap(lostDirectives),
      ...packages.flatMap(missingStyles),
      ...surfaceDifferences(surfaces),
      ...surfaces.flatMap(undocumentedExports),
      ...surfaces.flatMap(exportsWithoutExample),
      ...[...packPackages(scratch)].flatMap(([name, tarball]) => tarballComplaints(name, tarball)),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

await buildPackages();
if (process.argv.includes("--fix")) {
  writeSurfaces(await apiSurfaces());
} else {
  const found = await problems();
  for (const problem of found) console.log(problem);
  process.exitCode = found.length === 0 ? 0 : 1;
}
