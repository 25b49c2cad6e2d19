import { readFileSync } from "node:fs";
import { join } from "node:path";
import { entriesOf, type PublishedPackage } from "./published-package.ts";

/** Under which name, and from which entry point, users import something. */
export interface PublicHome {
  name: string;
  from: string;
}

/** The public home of what a module declares, by `module#name`; modules are paths below `src`. */
export function publicHomes(published: PublishedPackage): ReadonlyMap<string, PublicHome> {
  const homes = new Map<string, PublicHome>();
  const source = join(published.folder, "src");

  /** Follows `export ... from`; `named` says which names count and what they are called outside, all when absent. */
  const follow = (module: string, from: string, named?: ReadonlyMap<string, string>): void => {
    const text = readFileSync(join(source, module), "utf8");
    const outside = (name: string) => (named === undefined ? name : named.get(name));
    const add = (target: string, local: string, name: string) => {
      const key = `${target}#${local}`;
      if (!homes.has(key)) homes.set(key, { name, from });
    };
    for (const [, name = ""] of text.matchAll(
      /^export (?:declare )?(?:async )?(?:const|function|class|interface|type) ([\w$]+)/gm,
    )) {
      const known = outside(name);
      if (known !== undefined) add(module, name, known);
    }
    for (const [, list = "", specifier = ""] of text.matchAll(
      /^export (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm,
    )) {
      const target = join(module, "..", specifier);
      for (const [local, exported] of exportedNames(list)) {
        const known = outside(exported);
        if (known === undefined) continue;
        add(target, local, known);
        follow(target, from, new Map([[local, known]]));
      }
    }
    for (const [, specifier = ""] of text.matchAll(/^export \* from "(\.[^"]+)"/gm)) {
      follow(join(module, "..", specifier), from, named);
    }
  };

  const modules = new Set(entriesOf(published).modules);
  for (const [entry, file] of Object.entries(published.exports)) {
    const from = `@automna/${published.name}${entry.slice(1)}`;
    if (modules.has(file)) follow(file.replace("./src/", ""), from);
  }
  return homes;
}

/** `a, type B as C` as pairs of the name inside and the name outside. */
export function exportedNames(list: string): (readonly [inside: string, outside: string])[] {
  return list
    .split(",")
    .map((item) => item.trim().replace(/^type /, ""))
    .filter((item) => item !== "")
    .map((item) => item.split(" as "))
    .map(([inside = "", outside = inside]) => [inside, outside] as const);
}
