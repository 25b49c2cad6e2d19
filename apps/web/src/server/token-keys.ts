import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KeyRing, parseKeyRing } from "@automna/control-plane";

/**
 * The keys that seal tokens: the configured ones, else one that was made at the first start and lies in the data
 * folder (mode 0600), beside the database that it belongs to.
 */
export async function tokenKeys(configured: string | null, dataDir: string): Promise<KeyRing> {
  if (configured !== null) return parseKeyRing(configured);
  const file = join(dataDir, "token-keys");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) await makeKeys(file);
  return parseKeyRing((await readFile(file, "utf8")).trim());
}

/** Appears whole or not at all, and never in the place of one that is there: tokens may be sealed with that. */
async function makeKeys(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `local:${randomBytes(32).toString("base64")}`, { flag: "wx", mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    await rm(draft);
  }
}
