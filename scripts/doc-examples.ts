// Finds the examples in doc comments and in the pages of docs, and makes a module of each, so that the compiler can
// say whether a reader who copies one gets something that works.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

export interface DocExample {
  /** Where it stands: `packages/client/README.md:8`. */
  source: string;
  code: string;
  /** What the file around it exports, when that is a module. */
  neighbours: readonly string[];
}

/** The pages whose examples belong to a package, besides its own README. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  react: ["README.md", "docs/markdown.md", "packages/react/stories/*.mdx"],
  webchat: ["docs/webchat.md"],
};

/** Where the package is: those that are apps, too, stand among the apps. */
export const folderOf = (name: string): string => `${name === "webchat" ? "apps" : "packages"}/${name}`;

/** All examples of a package: fenced TypeScript of its pages, and what follows `@example` in its source. */
export function examplesOf(name: string): DocExample[] {
  const folder = folderOf(name);
  const pages = globSync([`${folder}/README.md`, ...(PAGES[name] ?? [])], { cwd: root }).sort();
  const sources = globSync(`${folder}/src/**/*.{ts,tsx}`, {
    cwd: root,
    // The tests of the import rules plant files and take them away while this reads.
    exclude: ["**/generated", "**/planted-*"],
  }).sort();
  return [
    ...pages.flatMap((file) => fencedExamples(file, readFileSync(join(root, file), "utf8"))),
    ...sources.flatMap((file) => commentExamples(file, readFileSync(join(root, file), "utf8"))),
  ];
}

export function fencedExamples(file: string, text: string): DocExample[] {
  return [...text.matchAll(/^```tsx?\n(.*?)^```/gms)].map((match) => ({
    source: `${file}:${lineOf(text, match.index)}`,
    code: match[1] ?? "",
    neighbours: [],
  }));
}

/** Examples in doc comments, with or without a fence; one ends at the next tag. */
export function commentExamples(file: string, text: string): DocExample[] {
  const neighbours = [...text.matchAll(/^export (?:async )?(?:function|const|class) ([\w$]+)/gm)].map(
    (match) => match[1] ?? "",
  );
  return [...text.matchAll(/^[ \t]*\* @example[ \t]*\n(.*?)(?=^[ \t]*\* @\w|^[ \t]*\*\/)/gms)].map(
    (match) => {
      const body = (match[1] ?? "").replace(/^[ \t]*\* ?/gm, "");
      const [fenced] = fencedExamples(file, body);
      return { source: `${file}:${lineOf(text, match.index)}`, code: fenced?.code ?? body, neighbours };
    },
  );
}

const lineOf = (text: string, index: number) => text.slice(0, index).split("\n").length;

/**
 * The example as a module. Its own imports come first, then those of the public names that it uses without saying
 * where they are from; what remains is the body of a function, so that it may `await` and `return`.
 */
export function exampleModule(example: DocExample, homes: ReadonlyMap<string, string>): string {
  const { code, neighbours, source } = example;
  const around = neighbours.map((name) => [name, join(root, source.replace(/:\d+$/, ""))] as const);
  const imports = code.match(/^import\s[^;]*;/gm) ?? [];
  const body = code.replace(/^import\s[^;]*;.*\n?/gm, "");
  const words = new Set(withoutTexts(body).match(/[A-Za-z_$][\w$]*/g));
  const given = new Set(imports.join("\n").match(/[A-Za-z_$][\w$]*/g));
  const declared = new Set(
    [...body.matchAll(/\b(?:const|let|function|class) ([\w$]+)/g)].map((match) => match[1]),
  );
  const added = [...new Map([...around, ...homes])]
    .filter(([name]) => words.has(name) && !given.has(name) && !declared.has(name))
    .map(([name, home]) => `import { ${name} } from "${home}";`);
  const exported = /^export\s/m.test(body);
  return [
    ...imports,
    ...added,
    exported ? body : `export async function example() {\n${body}}`,
    "export {};\n",
  ].join("\n");
}

/** Where each public name is imported from; a package's own entries come before those of others. */
export function homesFor(own: string): ReadonlyMap<string, string> {
  const homes = new Map<string, string>();
  const others = ["protocol", "client", "react", "testing"].filter((name) => name !== own);
  for (const name of [own, ...others]) {
    for (const file of globSync(`packages/${name}/api/*.d.ts`, { cwd: root }).sort(indexFirst)) {
      const entry = file.replace(/^.*\/api\/|\.d\.ts$/g, "");
      const home = entry === "index" ? `@automna/${name}` : `@automna/${name}/${entry}`;
      for (const exported of publicNames(readFileSync(join(root, file), "utf8"))) {
        if (!homes.has(exported)) homes.set(exported, home);
      }
    }
  }
  return homes;
}

const indexFirst = (a: string, b: string) =>
  Number(b.endsWith("index.d.ts")) - Number(a.endsWith("index.d.ts")) || a.localeCompare(b);

/** A word in a text or a comment names nothing. What a template holds may be code. */
function withoutTexts(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""').replace(/\/\/.*$/gm, "");
}

/** The names that a kept API file exports. */
function publicNames(surface: string): string[] {
  return [...surface.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap((match) => (match[1] ?? "").split(","))
    .map(
      (item) =>
        item
          .trim()
          .replace(/^type /, "")
          .split(" as ")
          .at(-1) ?? "",
    )
    .filter((name) => name !== "");
}
