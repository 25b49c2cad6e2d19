import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

export interface FileServer {
  readonly origin: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves a folder on loopback, as any web space does. */
export async function serveFolder(folder: string): Promise<FileServer> {
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? "/", "http://localhost");
    const file = join(
      folder,
      normalize(decodeURIComponent(pathname)),
      pathname.endsWith("/") ? "index.html" : "",
    );
    readFile(file).then(
      (content) => res.writeHead(200, { "content-type": TYPES[extname(file)] ?? "" }).end(content),
      () => res.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No port is free.");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
