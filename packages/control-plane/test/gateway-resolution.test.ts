import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseGatewayCommand, resolveGateway } from "../src/index.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "automna-resolution-"));
});

afterEach(() => rm(dir, { recursive: true }));

async function install(root: string, product: string, version: string, bin: unknown): Promise<string> {
  const packageDir = join(root, "node_modules", product);
  await mkdir(packageDir, { recursive: true });
  await writeFile(join(packageDir, "package.json"), JSON.stringify({ name: product, version, bin }));
  return packageDir;
}

test("a package in an installation directory is found with its version and entry file", async () => {
  const packageDir = await install(dir, "openclaw", "2026.9.6", { openclaw: "openclaw.mjs" });
  expect(
    await resolveGateway("openclaw", { installDirs: [join(dir, "empty"), dir], searchPath: "" }),
  ).toEqual({
    status: "found",
    program: {
      kind: "installed",
      product: "openclaw",
      version: "2026.9.6",
      packageDir,
      entry: join(packageDir, "openclaw.mjs"),
    },
  });
});

test("a command on PATH that links into its package is found as that package", async () => {
  const packageDir = await install(join(dir, "lib"), "clawdbot", "2026.1.24-3", {
    clawdbot: "dist/entry.js",
  });
  await mkdir(join(packageDir, "dist"));
  await writeFile(join(packageDir, "dist", "entry.js"), "");
  await mkdir(join(dir, "bin"));
  await symlink(join(packageDir, "dist", "entry.js"), join(dir, "bin", "clawdbot"));
  const found = await resolveGateway("clawdbot", {
    installDirs: [],
    searchPath: `/nowhere:${join(dir, "bin")}`,
  });
  expect(found).toMatchObject({
    status: "found",
    program: { kind: "installed", version: "2026.1.24-3", entry: join(packageDir, "dist", "entry.js") },
  });
});

test("a launcher script on PATH is run as a command", async () => {
  const launcher = join(dir, "openclaw");
  await writeFile(launcher, "#!/bin/sh\n");
  expect(await resolveGateway("openclaw", { installDirs: [], searchPath: dir })).toMatchObject({
    status: "found",
    program: { kind: "command", argv: [launcher, "gateway", "--port", "{port}", "--bind", "loopback"] },
  });
});

test("the clawdbot release that cannot start is named, with the one that can", async () => {
  await install(dir, "clawdbot", "2026.1.24", { clawdbot: "dist/entry.js" });
  const found = await resolveGateway("clawdbot", { installDirs: [dir], searchPath: "" });
  expect(found).toMatchObject({ status: "unusable", version: "2026.1.24" });
  expect(JSON.stringify(found)).toContain("2026.1.24-3");
});

test("what is nowhere is missing, with the places that were looked at", async () => {
  expect(await resolveGateway("openclaw", { installDirs: [dir], searchPath: "/nowhere" })).toEqual({
    status: "missing",
    lookedIn: [dir, "/nowhere"],
  });
});

test("an operator's command is split into words, quotes group", () => {
  expect(parseGatewayCommand(`"/opt/my tools/clawdbot" gateway --port {port} --profile 'a b'`)).toEqual({
    kind: "command",
    product: "clawdbot",
    argv: ["/opt/my tools/clawdbot", "gateway", "--port", "{port}", "--profile", "a b"],
  });
  expect(parseGatewayCommand("my-launcher {port}").product).toBe("openclaw");
  expect(parseGatewayCommand("my-launcher {port}", "clawdbot").product).toBe("clawdbot");
});

test.each(["", "  ", "openclaw gateway"])("%j is no gateway command", (line) => {
  expect(() => parseGatewayCommand(line)).toThrowError(
    expect.objectContaining({ code: "gateway-command-invalid" }),
  );
});
