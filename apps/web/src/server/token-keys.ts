import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
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
  const made = `local:${randomBytes(32).toString("base64")}`;
  try {
    await writeFile(file, made, { flag: "wx", mode: 0o600 });
    return parseKeyRing(made);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return parseKeyRing((await readFile(file, "utf8")).trim());
  }
}
