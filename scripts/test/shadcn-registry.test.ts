import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { chatItem, registryOf, ROOT_REGISTRY, rootRegistry } from "../shadcn-registry.ts";

const root = join(import.meta.dirname, "..", "..");

test("the copied parts compile in an app that has the package", () => {
  const cache = join(root, "packages", "react", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "registry-"));
  try {
    for (const { target, content } of chatItem().files) {
      mkdirSync(dirname(join(folder, target)), { recursive: true });
      writeFileSync(join(folder, target), content);
    }
    const page = `import { AutomnaChat } from "./components/automna/parts/automna-chat";
export const page = <AutomnaChat gatewayUrl="wss://gateway.example" authToken="secret" />;`;
    writeFileSync(join(folder, "page.tsx"), page);
    const compilerOptions = {
      lib: ["ES2024", "DOM", "DOM.Iterable"],
      rewriteRelativeImportExtensions: false,
    };
    const config = { extends: "../../../../tsconfig.base.json", compilerOptions, include: ["."] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules", ".bin", "tsc");
    expect(spawnSync(tsc, ["-p", folder], { cwd: folder, encoding: "utf8" }).stdout).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the copied parts share the contexts of the package, and name what must be installed", () => {
  const { files, dependencies } = chatItem();
  const outside = files.filter(({ target }) => !target.includes("/parts/"));
  expect(outside.filter(({ content }) => content.includes("createContext"))).toEqual([]);
  expect(dependencies).toContain("@automna/react");
  expect(files.map(({ target }) => target)).toContain("components/automna/styles.css");
});

test("the registry names each file of its item, and holds none", () => {
  const item = chatItem();
  const { files, ...rest } = item;
  expect(JSON.parse(JSON.stringify(registryOf(item)))).toMatchObject({
    name: "automna",
    items: [
      {
        name: rest.name,
        dependencies: rest.dependencies,
        files: files.map(({ path, type, target }) => ({ path, type, target })),
      },
    ],
  });
  expect(JSON.stringify(registryOf(item))).not.toContain("use client");
});

test("registry.json says what there is to copy (`npm run check -- --fix registry` writes it)", () => {
  expect(readFileSync(ROOT_REGISTRY, "utf8")).toBe(rootRegistry());
});
