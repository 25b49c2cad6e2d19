import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Plants one file in the tree, lints it, and takes it away again. */
function lint(file: string, source: string): { status: number | null; output: string } {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
  try {
    const { status, stdout } = spawnSync(join(root, "node_modules", ".bin", "oxlint"), [path], {
      cwd: root,
      encoding: "utf8",
    });
    return { status, output: stdout };
  } finally {
    rmSync(path);
  }
}

const forbidden: [from: string, imported: string][] = [
  ["packages/protocol", "@automna/client"],
  ["packages/client", "@automna/react"],
  ["packages/client", "@automna/testing"],
  ["packages/client", "react"],
  ["packages/client", "node:fs"],
  ["packages/react", "@automna/testing"],
  ["packages/react", "@automna/proxy"],
  ["packages/testing", "@automna/client"],
  ["packages/proxy", "@automna/control-plane"],
  ["packages/proxy", "next"],
  ["packages/control-plane", "@automna/proxy"],
  ["packages/control-plane", "@automna/protocol"],
  ["packages/cli", "@automna/proxy"],
  ["packages/proxy", "@automna/cli"],
  ["packages/client", "../../protocol/src/index.ts"],
  ["apps/web", "../../packages/client/src/index.ts"],
  ["apps/web", "automna-webchat"],
];

test.each(forbidden)("%s may not import %s", (from, imported) => {
  const { status, output } = lint(
    `${from}/src/planted-violation-${process.pid}.ts`,
    `import * as planted from "${imported}";\nexport default planted;\n`,
  );
  expect(output).toContain("no-restricted-imports");
  expect(status).toBe(1);
});

const allowed: [from: string, imported: string][] = [
  ["packages/client", "@automna/protocol"],
  ["packages/react", "@automna/client"],
  ["packages/testing", "@automna/protocol"],
  ["packages/proxy", "undici"],
  ["apps/web", "@automna/proxy"],
  ["apps/opencode-router", "@automna/cli"],
  ["apps/webchat", "@automna/client"],
];

test.each(allowed)("%s may import %s", (from, imported) => {
  const { status, output } = lint(
    `${from}/src/planted-arrow-${process.pid}.ts`,
    `import * as planted from "${imported}";\nexport default planted;\n`,
  );
  expect(output).not.toContain("no-restricted-imports");
  expect(status).toBe(0);
});

test.each(["process.env.HOME", "console.log(1)", "process.exit(1)"])("a package may not use %s", (use) => {
  const { status } = lint(`packages/proxy/src/planted-use-${process.pid}.ts`, `export default ${use};\n`);
  expect(status).toBe(1);
});
