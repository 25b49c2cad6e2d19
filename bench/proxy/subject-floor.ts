/**
 * `node:http` in and undici out with nothing in between: what the two cost by themselves, and so the floor under any
 * proxy built on them. It checks nothing, limits nothing, logs nothing. Arguments: the upstream's origin, the path of
 * undici.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

interface Handler {
  onRequestStart(): void;
  onResponseStart(controller: unknown, status: number, headers: Record<string, string | string[]>): void;
  onResponseData(controller: unknown, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(): void;
}
interface Pool {
  dispatch(options: object, handler: Handler): boolean;
}

const [origin = "", modulePath = ""] = process.argv.slice(2);
const undici = (await import(modulePath)) as { Pool: new (origin: string, options: object) => Pool };
const pool = new undici.Pool(origin, {
  connections: null,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
  allowH2: false,
});

function forwardedHeaders(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!/^(?:host|connection)$/i.test(name)) kept.push(name, rawHeaders[index + 1] ?? "");
  }
  return kept;
}

function handle(req: IncomingMessage, res: ServerResponse): void {
  const body: Buffer[] = [];
  const forward = (): void => {
    const options = {
      path: (req.url ?? "").replace(/^\/i\/[0-9a-f]{24}/, ""),
      method: req.method,
      headers: forwardedHeaders(req.rawHeaders),
      body: body.length === 0 ? null : Buffer.concat(body),
    };
    let last: Buffer | undefined;
    pool.dispatch(options, {
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        const { connection: _connection, "keep-alive": _keepAlive, ...kept } = headers;
        res.writeHead(status, kept);
      },
      onResponseData(_controller, chunk) {
        if (last) res.write(last);
        last = chunk;
      },
      onResponseEnd() {
        if (last && last.length <= 4_096) res.end(last.toString("latin1"), "latin1");
        else res.end(last);
      },
      onResponseError() {
        res.destroy();
      },
    });
  };
  if (req.headers["content-length"] === undefined) forward();
  else req.on("data", (chunk: Buffer) => void body.push(chunk)).on("end", forward);
}

const server = createServer({ optimizeEmptyRequests: true, noDelay: true }, handle);
server.listen(0, "127.0.0.1", 2_048, () => process.send?.(server.address()));
process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.on("disconnect", () => process.exit(0));
