import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The files below a folder that hold a text. Whoever still works there takes files and folders away at any time. */
export async function filesContaining(dir: string, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await unlessGone(readdir(dir, { withFileTypes: true }), [])) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await filesContaining(path, text)));
    else if (entry.isFile() && (await unlessGone(readFile(path), Buffer.alloc(0))).includes(text))
      found.push(path);
  }
  return found;
}

async function unlessGone<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return otherwise;
    throw error;
  }
}
