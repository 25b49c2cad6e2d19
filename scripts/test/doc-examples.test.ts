import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type DocExample,
  commentExamples,
  exampleModule,
  examplesOf,
  fencedExamples,
  folderOf,
  homesFor,
} from "../doc-examples.ts";

const root = join(import.meta.dirname, "..", "..");

/** The house's own rules of writing imports are not those of its readers. */
const AS_A_READER = { verbatimModuleSyntax: false, rewriteRelativeImportExtensions: false };

/** What the examples take as given: the reader's own variables, and libraries that are not installed here. */
const SCENE = `
declare const token: string;
declare const gatewayUrl: string;
declare const authToken: string;
declare const url: string;
declare const text: string;
declare const isStreaming: boolean;
declare const message: { text: string; status: string };
declare const socket: WebSocket;
declare const payload: unknown;
declare const frame: import("@automna/protocol").EventFrame;
declare const hello: import("@automna/protocol").HelloOk;
declare const chat: import("@automna/client").ChatStore;
declare const gateway: import("@automna/testing").FakeGateway;
declare const received: string[];
declare const config: unknown;
declare const dataDir: string;
declare const searchPath: string;
declare const program: import("@automna/control-plane").GatewayProgram;
declare const spec: import("@automna/control-plane").InstanceSpec;
declare const driver: import("@automna/control-plane").Driver;
declare const probe: import("@automna/control-plane").Probe;
declare function log(...values: unknown[]): void;
declare function show(...values: unknown[]): void;
declare function render(...values: unknown[]): void;
declare function apply(value: unknown): void;
declare function fetchToken(): Promise<string>;
declare function reloadHistory(): void;
declare module "*.css";
declare module "mermaid" {
  const mermaid: import("@automna/react/mermaid").MermaidLike;
  export default mermaid;
}
`;

/** Compiles the examples inside of their package, where its dependencies resolve. */
function compile(name: string, examples: readonly DocExample[]): string {
  const cache = join(root, folderOf(name), ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "examples-"));
  try {
    const homes = homesFor(name);
    for (const example of examples) {
      const file = `${example.source.replaceAll(/[/:]/g, "-")}.tsx`;
      writeFileSync(join(folder, file), exampleModule(example, homes));
    }
    writeFileSync(join(folder, "scene.d.ts"), SCENE);
    const compilerOptions = {
      lib: ["ES2024", "DOM", "DOM.Iterable", "ESNext.Disposable"],
      types: ["node"],
      ...AS_A_READER,
    };
    const config = { extends: "../../../../tsconfig.base.json", compilerOptions, include: ["."] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules", ".bin", "tsc");
    return spawnSync(tsc, ["-p", folder], { cwd: folder, encoding: "utf8" }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each(["protocol", "client", "react", "testing", "control-plane", "proxy", "webchat"])(
  "every example in the docs of %s compiles",
  (name) => {
    const examples = examplesOf(name);
    expect(examples.length).toBeGreaterThan(0);
    expect(compile(name, examples)).toBe("");
  },
  60_000,
);

test("an example that does not compile is reported with its place", () => {
  const code = "canonicalSessionKey(42);\n";
  expect(compile("protocol", [{ source: "packages/protocol/README.md:7", code, neighbours: [] }])).toMatch(
    /^packages-protocol-README\.md-7\.tsx\(.*TS2345/,
  );
});

test("examples are found in fences of a page and in doc comments, with a fence or without", () => {
  const fence = "```";
  expect(
    fencedExamples("a.md", `one\n${fence}ts\nfirst();\n${fence}\n${fence}sh\nnpm test\n${fence}\n`),
  ).toEqual([{ source: "a.md:2", code: "first();\n", neighbours: [] }]);
  const comment = ["/**", " * Says.", " *", " * @example", " * second();", " * @returns it", " */"];
  const module = [...comment, "export function second() {}"].join("\n");
  expect(commentExamples("a.ts", module)).toEqual([
    { source: "a.ts:4", code: "second();\n", neighbours: ["second"] },
  ]);
});
