// Builds the published packages into dist/: one ES module for each source file, so that "use client" stays where
// it is and a bundler can leave out what is not imported. Style sheets keep their places, so their imports work.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "tsdown";
import { chatItem, registryOf } from "./shadcn-registry.ts";
import { builtFile, entriesOf, publishedPackage, PUBLISHED } from "./published-package.ts";

export async function buildPackages(names: readonly string[] = PUBLISHED): Promise<void> {
  for (const name of names) {
    const published = publishedPackage(name);
    const { modules, styles } = entriesOf(published);
    await build({
      cwd: published.folder,
      config: false,
      entry: modules.map((file) => join(published.folder, file)),
      format: "esm",
      platform: "neutral",
      target: "es2022",
      unbundle: true,
      dts: true,
      sourcemap: true,
      clean: true,
      logLevel: "warn",
      // Each file stays its own module, so the directives keep their meaning; package-checks.ts proves it.
      checks: { moduleLevelDirective: false, bundlerTimings: false },
      suppressWarnings: /^TypeScript 7\.0 does not yet have a stable API/,
      outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
      deps: { neverBundle: [/^[^./]/] },
    });
    for (const file of styles) {
      const target = join(published.folder, builtFile(file));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(published.folder, file), target);
    }
    if (name === "react") writeRegistry(join(published.folder, "dist", "registry"));
  }
}

/**
 * For `npx shadcn add ./node_modules/@automna/react/dist/registry/automna-chat.json`, or from wherever the folder is
 * served.
 */
function writeRegistry(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const item = chatItem();
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, name), JSON.stringify(content, null, 2));
  write(`${item.name}.json`, item);
  write("registry.json", registryOf(item));
}

if (import.meta.main) await buildPackages(process.argv.length > 2 ? process.argv.slice(2) : PUBLISHED);
