import { glob, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Removes the locks on its sessions that a Clawdbot which was killed has left. Another one takes its predecessor's lock
 * for abandoned after 30 s and gives up waiting for it after 10: until then every message fails
 * (https://github.com/openclaw/openclaw/issues/3030). None may run on these sessions meanwhile.
 */
export async function removeAbandonedLocks(stateDir: string): Promise<void> {
  for await (const lock of glob("agents/*/sessions/*.lock", { cwd: stateDir })) {
    await rm(join(stateDir, lock), { force: true, recursive: true });
  }
}
