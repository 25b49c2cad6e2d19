// Builds the published packages into dist/: one ES module for each source file, so that "use client" stays where
// it is and a bundler can leave out what is not imported.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";

const root = join(import.meta.dirname, "..");

/** The packages that are published; `proxy` and `control-plane` are not. */
export const PUBLISHED = ["protocol", "client", "react", "testing"] as const;

interface Manifest {
  exports: Record<string, string>;
}

/** The source files behind a package's entry points, style sheets apart. */
function entriesOf(folder: string): { modules: string[]; styles: string[] } {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const files = Object.values(exports);
  return {
    modules: files.filter((file) => /\.tsx?$/.test(file)).map((file) => join(folder, file)),
    styles: files.filter((file) => file.endsWith(".css")),
  };
}

export async function buildPackages(names: readonly string[] = PUBLISHED): Promise<void> {
  for (const name of names) {
    const folder = join(root, "packages", name);
    const { modules, styles } = entriesOf(folder);
    await build({
      cwd: folder,
      config: false,
      entry: modules,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      unbundle: true,
      dts: true,
      sourcemap: true,
      clean: true,
      logLevel: "warn",
      outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
      deps: { neverBundle: [/^[^./]/] },
    });
    for (const file of styles) {
      const source = join(folder, file);
      if (existsSync(source)) copyFileSync(source, join(folder, "dist", file.replace(/^\.\/src\//, "")));
    }
  }
}

if (import.meta.main) await buildPackages(process.argv.length > 2 ? process.argv.slice(2) : PUBLISHED);
