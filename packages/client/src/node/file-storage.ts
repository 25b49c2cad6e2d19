import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

import type { ClientStorage } from "../storage.ts";

type Values = Map<string, string>;

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function readValues(path: string): Promise<Values> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError(`${path} is not a JSON object.`);
  }
  return new Map(Object.entries(parsed).map(([key, value]) => [key, String(value)]));
}

/** All of it or none of it: a program that dies while it writes leaves the old file. */
async function writeValues(path: string, values: Values): Promise<void> {
  const draft = `${path}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(Object.fromEntries(values)));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/**
 * Keeps values in one file that only its owner can read: the device key is in it. A value counts as kept when the disk has
 * it. One program per file: two would overwrite each other.
 *
 * A file that cannot be read is never overwritten. The client then goes on in memory; move the file away to start anew.
 *
 * @example
 * ```ts
 * import { createNodeChat, fileStorage } from "@automna/client/node";
 *
 * const chat = createNodeChat({ gatewayUrl, authToken, storage: fileStorage("/var/lib/my-bot/chat.json") });
 * ```
 */
export function fileStorage(path: string): ClientStorage {
  let loading: Promise<Values> | null = null;
  let writing: Promise<void> = Promise.resolve();
  const load = (): Promise<Values> => (loading ??= readValues(path));

  const change = async (apply: (values: Values) => void): Promise<void> => {
    apply(await load());
    const former = writing;
    // One after another: what is written last is what was changed last.
    writing = (async () => {
      await former.catch(() => {});
      await writeValues(path, await load());
    })();
    return writing;
  };

  return {
    get: async (key) => (await load()).get(key) ?? null,
    set: (key, value) => change((values) => void values.set(key, value)),
    remove: (key) => change((values) => void values.delete(key)),
    keys: async (prefix) => [...(await load()).keys()].filter((key) => key.startsWith(prefix)),
  };
}
