import { open, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { SourceError } from "./task-source.ts";
import type { Report, SourceTask, TaskSource } from "./task-source.ts";
import { readWork } from "./work.ts";

export interface FolderSourceOptions {
  readonly folder: string;
  readonly tag: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MAX_TASK_BYTES = 1_048_576;

/**
 * A folder of Markdown files, one task each. Their files are only read: what became of `fix.md` is written into
 * `fix.result.md` beside it.
 */
export function createFolderSource({ folder, tag, now }: FolderSourceOptions): TaskSource {
  async function readTask(name: string): Promise<SourceTask | undefined> {
    const text = await readText(join(folder, name));
    if (text === undefined || text.length > MAX_TASK_BYTES) return undefined;
    if (!readWork(text).tags.includes(tag.toLowerCase())) return undefined;
    const result = await readText(join(folder, resultOf(name)));
    if (result !== undefined && statusOf(result) === "completed") return undefined;
    return { id: name, title: name.replace(/\.md$/, ""), text, place: folder };
  }

  return {
    name: "folder",
    async tasks() {
      const names = await readdir(folder).catch((cause: unknown) => {
        throw new SourceError(`The task folder ${folder} cannot be read: make it, or name another.`, {
          cause,
        });
      });
      const files = names.filter((name) => /^[^.].*\.md$/.test(name) && !name.endsWith(".result.md"));
      const tasks = await Promise.all(files.sort().map(readTask));
      return tasks.filter((task) => task !== undefined);
    },
    async report({ id }, report) {
      const file = join(folder, resultOf(id));
      const before = (await readText(file)) ?? "";
      if (before.split("\n").some((line) => line.startsWith("- ") && line.endsWith(markOf(report)))) return;
      await replaceFile(file, withReport(before, id, report, now())).catch((cause: unknown) => {
        throw new SourceError(`${file} cannot be written.`, { cause });
      });
    },
  };
}

function resultOf(name: string): string {
  return name.replace(/\.md$/, ".result.md");
}

/** By this a report is found again. */
function markOf({ dispatch, kind }: Report): string {
  return `(dispatch ${dispatch}, ${kind})`;
}

const HEADER = /^---\nstatus: (\w+)\ntask: .*\n---\n/;

function statusOf(result: string): string | undefined {
  return HEADER.exec(result)?.[1];
}

/** Whatever else stands in the file stays. */
function withReport(before: string, task: string, report: Report, now: number): string {
  const rest = before.replace(HEADER, "").trimEnd();
  const line = report.text.replace(/\s+/g, " ");
  const entry = `- ${new Date(now).toISOString()} ${line} ${markOf(report)}`;
  return `---\nstatus: ${report.kind}\ntask: ${JSON.stringify(task)}\n---\n${rest}\n${entry}\n`;
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new SourceError(`${file} cannot be read.`, { cause });
  });
}

/** There is never half a file, whenever the power goes. */
async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(next, "w");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
