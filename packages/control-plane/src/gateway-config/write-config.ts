import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { GatewayConfig } from "../gateway-config.ts";
import { GatewayConfigError } from "./config-error.ts";

/**
 * Writes the configuration file so that a reader sees the old one or the new one, whole, and so that only its owner
 * can read it. Does nothing for a product without a file.
 */
export async function writeGatewayConfig(config: GatewayConfig): Promise<void> {
  if (config.file === null) return;
  const { path, content } = config.file;
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new GatewayConfigError(
      "write-failed",
      `The gateway's configuration could not be written to ${path}. Check the disk and the directory's owner.`,
      { cause },
    );
  }
}
