/** The chats that ours is measured beside: a package of its own, which only the benchmarks that need it install. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Where their package and their pages are. */
export const PEERS = join(import.meta.dirname, "peers");

/** Installs them from their lockfile, once. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(PEERS, "node_modules", "stream-chat-react", "package.json"))) return;
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: PEERS,
    maxBuffer: 64 * 1024 * 1024,
  });
}
