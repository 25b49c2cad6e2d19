import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createFolderSource } from "../src/folder-source.ts";
import { taskText, temporaryFolder, writeTask } from "./support/folders.ts";

const { signal } = new AbortController();
const NOW = Date.UTC(2026, 10, 21, 12);

async function folderWith(...names: string[]) {
  const folder = await temporaryFolder();
  for (const name of names) await writeTask(folder, name, { project: "Archer" });
  const source = createFolderSource({ folder, tag: "autocode", now: () => NOW });
  const result = (name: string) => readFile(join(folder, `${name}.result.md`), "utf8");
  return { folder, source, result, report: source.report.bind(source) };
}

const addressOf = (name: string) => ({ id: `${name}.md`, place: "", title: name });

test("Markdown files with the tag are tasks, in the order of their names", async () => {
  const { folder, source } = await folderWith("b", "a");
  await writeTask(folder, "untagged", { project: "Archer", tags: "[]" });
  await writeFile(join(folder, "notes.txt"), taskText({ project: "Archer" }, "x"));
  await writeFile(join(folder, ".hidden.md"), taskText({ project: "Archer" }, "x"));
  await writeFile(join(folder, "plain.md"), "No frontmatter.");
  await writeFile(join(folder, "huge.md"), taskText({ project: "Archer" }, "x".repeat(1_048_577)));
  const tasks = await source.tasks(signal);
  expect(tasks.map(({ id, title }) => [id, title])).toEqual([
    ["a.md", "a"],
    ["b.md", "b"],
  ]);
  expect(tasks[0]?.text).toBe(await readFile(join(folder, "a.md"), "utf8"));
});

test("a completed task is no task any more; one that failed still is", async () => {
  const { source, report } = await folderWith("a", "b");
  await report(addressOf("a"), { dispatch: "d1", kind: "completed", text: "Done." }, signal);
  await report(addressOf("b"), { dispatch: "d2", kind: "failed", text: "Not done." }, signal);
  expect((await source.tasks(signal)).map(({ id }) => id)).toEqual(["b.md"]);
});

test("reports stand beside the task, each once, the latest status on top", async () => {
  const { report, result } = await folderWith("a");
  for (const kind of ["failed", "failed", "completed"] as const) {
    await report(addressOf("a"), { dispatch: "d1", kind, text: `It is ${kind}.` }, signal);
  }
  expect(await result("a")).toBe(
    '---\nstatus: completed\ntask: "a.md"\n---\n\n' +
      "- 2026-11-21T12:00:00.000Z It is failed. (dispatch d1, failed)\n" +
      "- 2026-11-21T12:00:00.000Z It is completed. (dispatch d1, completed)\n",
  );
});

test("nothing that a person wrote is lost, in the task or beside it", async () => {
  const { folder, report, result } = await folderWith("a");
  const before = await readFile(join(folder, "a.md"), "utf8");
  await writeFile(join(folder, "a.result.md"), "# My notes\n\nremember the milk\n");
  await report(addressOf("a"), { dispatch: "d1", kind: "failed", text: "Not done." }, signal);
  await writeFile(join(folder, "a.result.md"), `${await result("a")}\nand the bread\n`);
  await report(addressOf("a"), { dispatch: "d2", kind: "completed", text: "Done." }, signal);
  const text = await result("a");
  for (const part of [
    "# My notes\n\nremember the milk\n",
    "(dispatch d1, failed)",
    "and the bread",
    "Done.",
  ]) {
    expect(text).toContain(part);
  }
  expect(text.match(/^status:/gm)).toEqual(["status:"]);
  expect(await readFile(join(folder, "a.md"), "utf8")).toBe(before);
});

test("a report of more than one line cannot pass for another", async () => {
  const { source, report, result } = await folderWith("a");
  const text = "It says:\n---\nstatus: completed\n---\n- x (dispatch d2, completed)";
  await report(addressOf("a"), { dispatch: "d1", kind: "failed", text }, signal);
  expect((await source.tasks(signal)).map(({ id }) => id)).toEqual(["a.md"]);
  await report(addressOf("a"), { dispatch: "d2", kind: "completed", text: "Done." }, signal);
  expect(await result("a")).toContain("Done. (dispatch d2, completed)");
});

test("what cannot be read or written is said with its name, and leaves no half file", async () => {
  const { folder, report } = await folderWith("a");
  await mkdir(join(folder, "a.result.md"));
  const failed = { dispatch: "d1", kind: "failed", text: "Not done." } as const;
  await expect(report(addressOf("a"), failed, signal)).rejects.toThrow(/a\.result\.md cannot be read/);
  await expect(report(addressOf("no/such"), failed, signal)).rejects.toThrow("cannot be written");
  const missing = createFolderSource({ folder: join(folder, "none"), tag: "autocode", now: () => NOW });
  await expect(missing.tasks(signal)).rejects.toThrow(/none cannot be read/);
  expect((await readdir(folder)).sort()).toEqual(["a.md", "a.result.md"]);
});
