// Makes the shadcn registry item with which people copy the styled parts into their app and change them. What is
// public comes from the package; the few internal modules behind the parts are copied with them.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { exportedNames, type PublicHome, publicHomes } from "./public-homes.ts";
import { publishedPackage } from "./published-package.ts";

const root = join(import.meta.dirname, "..");
const SOURCE = join(root, "packages/react/src");
const TARGET = "components/automna";

/** The repository's table of contents; `npm run check -- --fix registry` writes it. */
export const ROOT_REGISTRY = join(root, "registry.json");

export interface RegistryFile {
  path: string;
  type: "registry:component" | "registry:file";
  target: string;
  content: string;
}

export interface RegistryItem {
  $schema: string;
  name: string;
  type: "registry:block";
  title: string;
  description: string;
  dependencies: string[];
  files: RegistryFile[];
}

/** The whole styled chat: its parts, what they need of the package's inside, and the style sheets. */
export function chatItem(): RegistryItem {
  const homes = publicHomes(publishedPackage("react"));
  const modules = new Map<string, string>();
  const dependencies = new Set(["@automna/react"]);
  const waiting = globSync("parts/*.{ts,tsx}", { cwd: SOURCE }).sort();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (modules.has(path)) continue;
    const { content, copied, packages } = portable(path, homes);
    modules.set(path, content);
    waiting.push(...copied);
    for (const name of packages) dependencies.add(name);
  }
  const styles = globSync(["styles.css", "styles/*.css", "markdown/markdown.css"], { cwd: SOURCE }).sort();
  return {
    $schema: "https://ui.shadcn.com/schema/registry-item.json",
    name: "automna-chat",
    type: "registry:block",
    title: "Automna chat",
    description: "The styled chat for Clawdbot / OpenClaw gateways, as source to change.",
    dependencies: [...dependencies].sort(),
    files: [
      ...[...modules].map(([path, content]) => file("registry:component", path, content)),
      ...styles.map((path) => file("registry:file", path, readFileSync(join(SOURCE, path), "utf8"))),
    ],
  };
}

/** A registry's table of contents: the items without what is in their files. */
export function registryOf(...items: readonly RegistryItem[]): object {
  return {
    $schema: "https://ui.shadcn.com/schema/registry.json",
    name: "automna",
    homepage: "https://www.npmjs.com/package/@automna/react",
    items: items.map((item) => ({
      name: item.name,
      type: item.type,
      title: item.title,
      description: item.description,
      dependencies: item.dependencies,
      files: item.files.map(({ path, type, target }) => ({ path, type, target })),
    })),
  };
}

function file(type: RegistryFile["type"], path: string, content: string): RegistryFile {
  return { path: `packages/react/src/${path}`, type, target: `${TARGET}/${path}`, content };
}

interface Portable {
  content: string;
  /** Modules below the source that must be copied too. */
  copied: string[];
  packages: string[];
}

/** A module as it stands in the user's app. */
function portable(path: string, homes: ReadonlyMap<string, PublicHome>): Portable {
  const text = readFileSync(join(SOURCE, path), "utf8");
  if (!path.startsWith("parts/") && /\bcreateContext\b/.test(text)) {
    throw new Error(
      `A copy of ${path} would have a context of its own: export from the package what the parts need.`,
    );
  }
  const copied: string[] = [];
  const packages: string[] = [];
  const content = text.replace(
    /^import (type )?\{([^}]*)\} from "([^"]+)";/gm,
    (whole, type: string | undefined, list: string, from: string) => {
      if (!from.startsWith(".")) {
        if (!/^react(-dom)?(\/|$)/.test(from)) packages.push(/^(@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from);
        return whole;
      }
      const target = join(path, "..", from);
      const lines: string[] = [];
      for (const [item, name, alias] of importedNames(list)) {
        const keyword = `import ${type ?? ""}`;
        const home = target.startsWith("parts/") ? undefined : homes.get(`${target}#${name}`);
        if (home === undefined) {
          copied.push(target);
          lines.push(`${keyword}{ ${item} } from "${from.replace(/\.tsx?$/, "")}";`);
        } else {
          const inline = item.startsWith("type ") ? "type " : "";
          const renamed = home.name === alias ? alias : `${home.name} as ${alias}`;
          lines.push(`${keyword}{ ${inline}${renamed} } from "${home.from}";`);
        }
      }
      return lines.join("\n");
    },
  );
  const withDynamic = content.replace(
    /\(await import\("(\.[^"]+)"\)\)\.(\w+)/g,
    (_, from: string, name: string) => {
      const target = join(path, "..", from);
      const home = target.startsWith("parts/") ? undefined : homes.get(`${target}#${name}`);
      if (home !== undefined) return `(await import("${home.from}")).${home.name}`;
      copied.push(target);
      return `(await import("${from.replace(/\.tsx?$/, "")}")).${name}`;
    },
  );
  const withEntries = withDynamic.replace(
    /(\{([^{}]*)\} = await import\()"(\.[^"]+)"/g,
    (_, start: string, list: string, from: string) => `${start}"${entryWith(join(path, "..", from), list)}"`,
  );
  const left = /^(?:import|export) .*from "\.[^"]*\.tsx?";|import\("\.[^"]*\.tsx?"\)/m.exec(withEntries);
  if (left !== null) throw new Error(`${basename(path)} has an import that cannot be moved: ${left[0]}`);
  return { content: withEntries, copied, packages };
}

/** The entry point that has what is taken from a module when it is fetched late; the narrowest that has all of it. */
function entryWith(module: string, list: string): string {
  const published = publishedPackage("react");
  const entries = Object.entries(published.exports).filter(([, file]) => /\.tsx?$/.test(file));
  const narrowFirst = entries.toSorted(([a], [b]) => Number(a === ".") - Number(b === "."));
  const found = narrowFirst.find(([entry, file]) => {
    const homes = publicHomes({ ...published, exports: { [entry]: file } });
    return exportedNames(list).every(([name]) => homes.get(declaration(module, name))?.name === name);
  });
  if (found === undefined)
    throw new Error(`${module} is fetched late, and no entry point has all of ${list}.`);
  return `@automna/react${found[0].slice(1)}`;
}

/** Where a module's export is declared, as `module#name`: there or in what it exports again. */
function declaration(module: string, name: string): string {
  const text = readFileSync(join(SOURCE, module), "utf8");
  for (const [, list = "", from = ""] of text.matchAll(/^export \{([^}]*)\} from "(\.[^"]+)"/gm)) {
    const pair = exportedNames(list).find(([, outside]) => outside === name);
    if (pair !== undefined) return declaration(join(module, "..", from), pair[0]);
  }
  return `${module}#${name}`;
}

/** Each name of an import as it is written, with the name inside of its module and the name here. */
function importedNames(list: string): (readonly [item: string, name: string, alias: string])[] {
  const items = list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  return exportedNames(list).map(([name, alias], index) => [items[index] ?? name, name, alias] as const);
}

/** What stands in {@link ROOT_REGISTRY}. */
export function rootRegistry(): string {
  return `${JSON.stringify(registryOf(chatItem()), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(ROOT_REGISTRY, rootRegistry());
