import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** The packages that are published; `proxy` and `control-plane` are not. */
export const PUBLISHED = ["protocol", "client", "react", "testing"] as const;

/** How users of the tarball reach an entry point: declarations and module, or a style sheet. */
type PublishedExport = string | { types: string; default: string };

export interface PublishedPackage {
  /** The folder's name, without the scope. */
  name: string;
  folder: string;
  version: string;
  /** Entry point to source file, as the workspace uses them. */
  exports: Record<string, string>;
  /** Entry point to built file, as `publishConfig` has them. */
  publishedExports: Record<string, PublishedExport>;
}

interface Manifest {
  version: string;
  exports: Record<string, string>;
  publishConfig: { exports: Record<string, PublishedExport> };
}

export function publishedPackage(name: string): PublishedPackage {
  const folder = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { version, exports, publishConfig } = manifest;
  return { name, folder, version, exports, publishedExports: publishConfig.exports };
}

/** Where the build puts a source file: `./src/a.tsx` becomes `./dist/a.js`. */
export const builtFile = (source: string): string =>
  source.replace(/^(\.\/)?src\//, "$1dist/").replace(/\.tsx?$/, ".js");

/** What `publishConfig.exports` must say for a package whose workspace exports are these. */
export function exportsOfBuild(exports: Record<string, string>): Record<string, PublishedExport> {
  return Object.fromEntries(
    Object.entries(exports).map(([entry, source]) => {
      const file = builtFile(source);
      return [entry, file.endsWith(".css") ? file : { types: file.replace(/\.js$/, ".d.ts"), default: file }];
    }),
  );
}

/** A package's entry points: modules and style sheets apart, as paths below its folder. */
export function entriesOf({ exports }: PublishedPackage): { modules: string[]; styles: string[] } {
  const files = Object.values(exports);
  return {
    modules: files.filter((file) => /\.tsx?$/.test(file)),
    styles: files.filter((file) => file.endsWith(".css")),
  };
}
