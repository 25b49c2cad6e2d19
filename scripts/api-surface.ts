// The published packages' API as their users see it: one rolled-up declaration file for each entry point, kept in
// packages/NAME/api and compared by `npm run check`, so that no change of it goes unnoticed.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { build } from "tsdown";
import { entriesOf, publishedPackage, PUBLISHED, type PublishedPackage } from "./published-package.ts";

const root = join(import.meta.dirname, "..");
const FIX = "npm run check -- --fix surface";

export interface Surface {
  /** Below the root, `packages/react/api/markdown.d.ts`. */
  file: string;
  text: string;
}

/** The surfaces of packages whose `dist` is built. */
export async function apiSurfaces(names: readonly string[] = PUBLISHED): Promise<Surface[]> {
  const scratch = mkdtempSync(join(tmpdir(), "automna-api-"));
  try {
    const files: string[] = [];
    for (const name of names) files.push(...(await rollUpEntries(publishedPackage(name), scratch)));
    format(scratch);
    return files.map((file) => ({ file, text: readFileSync(join(scratch, file), "utf8") }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function rollUpEntries(published: PublishedPackage, scratch: string): Promise<string[]> {
  const modules = new Set(entriesOf(published).modules);
  const files: string[] = [];
  for (const [entry, source] of Object.entries(published.exports)) {
    const target = published.publishedExports[entry];
    if (!modules.has(source) || typeof target !== "object") continue;
    const file = `packages/${published.name}/api/${entry === "." ? "index" : entry.slice(2)}.d.ts`;
    await rollUp(published.folder, target.types, join(scratch, file));
    files.push(file);
  }
  return files;
}

/** One entry at a time, so that each file is whole and none has a shared chunk with a made-up name. */
async function rollUp(folder: string, declarations: string, target: string): Promise<void> {
  await build({
    cwd: folder,
    config: false,
    entry: { [basename(target, ".d.ts")]: join(folder, declarations) },
    outDir: dirname(target),
    clean: false,
    format: "esm",
    platform: "neutral",
    dts: { emitDtsOnly: true, dtsInput: true },
    logLevel: "error",
    checks: { bundlerTimings: false },
    outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
    deps: { neverBundle: [/^[^./]/] },
  });
}

function format(folder: string): void {
  const { status, stderr } = spawnSync(
    join(root, "node_modules", ".bin", "oxfmt"),
    ["--config", join(root, ".oxfmtrc.json"), "."],
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`oxfmt could not format the declaration files: ${stderr}`);
}

/** What differs between the surfaces and the files that are kept, one line each. */
export function surfaceDifferences(surfaces: readonly Surface[]): string[] {
  const problems: string[] = [];
  for (const { file, text } of surfaces) {
    const path = join(root, file);
    const kept = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (kept === text) continue;
    const before = new Set(kept.split("\n"));
    const after = new Set(text.split("\n"));
    const gone = [...before].filter((line) => !after.has(line)).map((line) => `  - ${line}`);
    const added = [...after].filter((line) => !before.has(line)).map((line) => `  + ${line}`);
    const lines = [...gone, ...added].slice(0, 40).join("\n");
    problems.push(`${file} is not what the package exports. If that is meant, run: ${FIX}\n${lines}`);
  }
  for (const file of keptFiles()) {
    if (!surfaces.some((surface) => surface.file === file)) {
      problems.push(`${file} belongs to no entry point any more. Run: ${FIX}`);
    }
  }
  return problems;
}

function keptFiles(): string[] {
  return PUBLISHED.flatMap((name) => {
    const folder = join(root, "packages", name, "api");
    return existsSync(folder) ? readdirSync(folder).map((file) => `packages/${name}/api/${file}`) : [];
  });
}

export function writeSurfaces(surfaces: readonly Surface[]): void {
  for (const name of PUBLISHED) {
    const folder = join(root, "packages", name, "api");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  for (const { file, text } of surfaces) writeFileSync(join(root, file), text);
}

/**
 * The exports of a surface without a doc comment. Declarations of a rolled-up file begin at the first column, and
 * what a package passes on from another is documented there.
 */
export function undocumentedExports({ file, text }: Surface): string[] {
  const lines = text.split("\n");
  const documented = new Map<string, boolean>();
  for (const [index, line] of lines.entries()) {
    const name =
      /^(?:export )?(?:declare )?(?:abstract )?(?:const|let|function|class|interface|type|enum) ([\w$]+)/.exec(
        line,
      )?.[1];
    if (name === undefined) continue;
    // Overloads follow their first declaration, which carries the comment.
    documented.set(
      name,
      (documented.get(name) ?? false) || (lines[index - 1] ?? "").trimEnd().endsWith("*/"),
    );
  }
  return exportedNames(text)
    .filter((name) => documented.get(name) === false)
    .map((name) => `${file}: ${name} has no doc comment`);
}

/** The local names behind `export { a, type B, c as d };`. */
function exportedNames(text: string): string[] {
  return exportedItems(text).map((item) => item.replace(/^type /, ""));
}

/** Those of them that exist when the program runs: users cannot call what is exported as a type. */
export function exportedValues(text: string): string[] {
  return exportedItems(text).filter((item) => !item.startsWith("type "));
}

function exportedItems(text: string): string[] {
  return [...text.matchAll(/^export (type )?\{([^}]*)\};?$/gm)].flatMap(([, type = "", list = ""]) =>
    list
      .split(",")
      .map((item) => type + (item.trim().split(" as ")[0] ?? ""))
      .filter((item) => item !== type),
  );
}
