import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFilesInMemory } from "../files-in-memory.ts";
import { namespaces } from "../requirements.ts";

const WRITE = ["sh", "-c", 'echo kept > "$0/file" && stat --file-system --format %T "$0"'];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "automna-in-memory-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run([program = "", ...args]: readonly string[]): string {
  return spawnSync(program, args, { encoding: "utf8" }).stdout.trim();
}

test.skipIf(namespaces() !== null)("what a command writes there is in memory, and gone when it is", () => {
  expect(run(withFilesInMemory([...WRITE, folder], folder, 1))).toBe("tmpfs");
  expect(readdirSync(folder)).toEqual([]);
});

test("without enough memory the command is as it was", () => {
  const command = [...WRITE, folder];
  expect(withFilesInMemory(command, folder, Infinity)).toEqual(command);
});
