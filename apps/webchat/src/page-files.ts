import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";

import { OWN_HEADERS } from "./http-answers.ts";

/** Module scripts run only when they come as JavaScript. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

/** What the page may do: its own scripts and styles, its own server, and nothing else. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // React renders `style={{...}}` as an attribute.
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name changes with what is in it. */
  readonly immutable: boolean;
}

/** The built page, by path below `/webchat/`; `""` is its index. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** The page was not built, or its folder is somewhere else. */
class PageMissingError extends Error {
  override readonly name = "PageMissingError";
  readonly code = "PAGE_MISSING";

  constructor(folder: string) {
    super(`The web chat's page is not in ${folder}. Build it first: npm run build.`);
  }
}

/**
 * Reads the built page into memory, where no path can lead out of it.
 *
 * @throws {PageMissingError}
 */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, PageFile>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    const body = await readFile(join(folder, path));
    files.set(path === "index.html" ? "" : path.split("\\").join("/"), {
      body,
      type: TYPES[extname(path)] ?? "application/octet-stream",
      etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`,
      immutable: path.startsWith("assets"),
    });
  }
  if (!files.has("")) throw new PageMissingError(folder);
  return files;
}

/** Answers with a file of the page. @returns `false` when there is none of that name */
export function sendPageFile(
  files: PageFiles,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): boolean {
  const file = files.get(path);
  if (file === undefined) return false;
  const headers = {
    ...OWN_HEADERS,
    "content-security-policy": PAGE_POLICY,
    "content-type": file.type,
    etag: file.etag,
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  };
  const known = req.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(file.etag)) {
    res.writeHead(304, headers).end();
    return true;
  }
  res.writeHead(200, { ...headers, "content-length": file.body.length });
  res.end(req.method === "HEAD" ? undefined : file.body);
  return true;
}
