import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What a running web chat writes down for its owner, and for nobody else. */
export interface Discovery {
  readonly pid: number;
  readonly port: number;
  readonly baseUrl: string;
  readonly sessionKey: string;
  /** Buys tokens and tickets. */
  readonly key: string;
}

/** A folder that only its owner can look into, and a file in it that only its owner can read (mode 0600). */
async function writePrivateFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await rm(draft, { force: true });
  // `wx`: a link that somebody put there is not followed.
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await chmod(draft, 0o600);
  await rename(draft, file);
}

export function writeDiscovery(file: string, discovery: Discovery): Promise<void> {
  return writePrivateFile(file, `${JSON.stringify(discovery)}\n`);
}

/** Reads a discovery file's text, wherever it was fetched from; `null` if it is none. */
export function parseDiscovery(text: string): Discovery | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { pid, port, baseUrl, sessionKey, key } = value as Record<string, unknown>;
    if (typeof pid !== "number" || typeof port !== "number" || typeof baseUrl !== "string") return null;
    if (typeof sessionKey !== "string" || typeof key !== "string") return null;
    return { pid, port, baseUrl, sessionKey, key };
  } catch {
    return null;
  }
}

/** What the file says, or `null` when there is none. */
export async function readDiscovery(file: string): Promise<Discovery | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  return parseDiscovery(text);
}

/** Removes the file, unless another web chat has written its own there meanwhile. */
export async function removeDiscovery(file: string, { key }: Discovery): Promise<void> {
  const present = await readDiscovery(file);
  if (present?.key === key) await rm(file, { force: true });
}
