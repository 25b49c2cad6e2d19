/** Turns a page of the comparison into what a browser loads, in production mode. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const fromReact = createRequire(join(root, "packages", "react", "package.json"));
const { rolldown } = (await import(fromReact.resolve("rolldown"))) as Pick<Rolldown, "rolldown">;

/** A file of a bundle. */
export interface BundledFile {
  readonly type: "chunk" | "asset";
  readonly fileName: string;
  readonly code?: string;
  readonly isEntry?: boolean;
  /** Names of the files that load with it. */
  readonly imports?: readonly string[];
  /** What of each module is left in it, before minification. */
  readonly modules?: Readonly<Record<string, { readonly code: string | null }>>;
}

/** What is used of rolldown, which belongs to packages/react. */
interface Rolldown {
  rolldown(options: object): Promise<{
    generate(options: object): Promise<{ readonly output: readonly BundledFile[] }>;
    close(): Promise<void>;
  }>;
}

const own = (name: string) => join(root, "packages", name, "src", "index.ts");

/** Pages of this folder stand outside of the workspace's packages and name them all the same. */
const WORKSPACE_ALIAS = {
  "@automna/protocol": own("protocol"),
  "@automna/client": own("client"),
  "@automna/react": own("react"),
  "@automna/testing": own("testing"),
  react: dirname(fromReact.resolve("react/package.json")),
  "react-dom": dirname(fromReact.resolve("react-dom/package.json")),
};

/** What to bundle, and how. */
export interface BundleOrder {
  readonly name: string;
  /** A file, or the text of one with the folder that it would stand in. */
  readonly entry: string | { readonly text: string; readonly folder: string };
  /** Whether it names the workspace's packages. */
  readonly isWorkspace: boolean;
  readonly external?: readonly RegExp[];
}

/** A module that is only text. */
function virtualEntry(text: string, folder: string): object {
  const path = join(folder, "virtual-entry.ts");
  return {
    name: "virtual-entry",
    resolveId: (id: string) => (id === "virtual-entry" ? path : null),
    load: (id: string) => (id === path ? text : null),
  };
}

/** Bundles as an application's production build would. */
export async function bundle(order: BundleOrder): Promise<readonly BundledFile[]> {
  const { name, entry, isWorkspace, external = [] } = order;
  const isText = typeof entry === "object";
  const build = await rolldown({
    input: { [name]: isText ? "virtual-entry" : entry },
    platform: "browser",
    external,
    // As an application's bundler: what only the entry and its lazy parts share goes into the entry.
    preserveEntrySignatures: "allow-extension",
    plugins: isText ? [virtualEntry(entry.text, entry.folder)] : [],
    resolve: isWorkspace ? { alias: WORKSPACE_ALIAS } : {},
    transform: {
      define: { "process.env.NODE_ENV": '"production"' },
      jsx: { runtime: "automatic", development: false },
    },
    moduleTypes: { ".css": "empty", ".woff2": "empty", ".woff": "empty", ".ttf": "empty" },
    checks: { moduleLevelDirective: false },
    logLevel: "silent",
  });
  try {
    const names = { entryFileNames: "[name].js", chunkFileNames: `${name}-[name]-[hash].js` };
    return (await build.generate({ format: "esm", minify: true, ...names })).output;
  } finally {
    await build.close();
  }
}

/** A style sheet with the files that it imports put in their places. */
export function styles(file: string): string {
  return readFileSync(file, "utf8").replace(/@import\s+"(\.[^"]+)"[^;]*;/g, (_, path: string) =>
    styles(join(dirname(file), path)),
  );
}
