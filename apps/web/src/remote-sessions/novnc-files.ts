import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** noVNC as its package ships it: the licence asks that its files stay what they are, and a browser can load them so. */
const ROOT = dirname(dirname(fileURLToPath(import.meta.resolve("@novnc/novnc"))));
const PREFIX = "/novnc/";
const FILE = /^\/novnc\/((?:core|vendor)(?:\/[a-z0-9-]+)+\.js|LICENSE\.txt)$/;

export const NOVNC_ENTRY = `${PREFIX}core/rfb.js`;

export function isNovncFile(url: string): boolean {
  return url.startsWith(PREFIX);
}

/** Answers for one of noVNC's own scripts. Anybody may read them, so that a frame without an origin can. */
export async function answerNovncFile(url: string, res: ServerResponse): Promise<void> {
  const [, path] = FILE.exec(url) ?? [];
  const content = path === undefined ? null : await readFile(join(ROOT, path)).catch(() => null);
  if (!content) {
    res.writeHead(404, { "content-type": "text/plain" }).end("noVNC has no such file.\n");
    return;
  }
  res.writeHead(200, {
    "content-type": url.endsWith(".js") ? "text/javascript; charset=utf-8" : "text/plain; charset=utf-8",
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
  res.end(content);
}
