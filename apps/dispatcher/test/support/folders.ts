import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A folder for this test, removed when it is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "dispatcher-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export function taskText(fields: Readonly<Record<string, string>>, prompt: string): string {
  const lines = Object.entries({ tags: "[autocode]", ...fields }).map(([name, value]) => `${name}: ${value}`);
  return `---\n${lines.join("\n")}\n---\n\n${prompt}\n`;
}

export async function writeTask(
  folder: string,
  name: string,
  fields: Readonly<Record<string, string>>,
  prompt = `Do ${name}.`,
): Promise<void> {
  await writeFile(join(folder, `${name}.md`), taskText(fields, prompt));
}

/** What was told about a task: kind and text of each report. */
export async function reportsOn(folder: string, name: string): Promise<{ kind: string; text: string }[]> {
  const result = await readFile(join(folder, `${name}.result.md`), "utf8").catch(() => "");
  return [...result.matchAll(/^- \S+ (.*) \(dispatch \w+, (\w+)\)$/gm)].map(([, text = "", kind = ""]) => ({
    kind,
    text,
  }));
}
