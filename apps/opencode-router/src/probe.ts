import { request } from "node:http";

/** An HTTP answer of a probed port, cut off at a size. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `undefined` if it was longer than a probe reads. */
  readonly body: string | undefined;
}

export interface ProbeRequest {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Asks a port on 127.0.0.1. `undefined`: nobody answered HTTP in time. Never throws. */
export type Probe = (request: ProbeRequest) => Promise<ProbeAnswer | undefined>;

const MAX_BODY = 65_536;

/**
 * Asks with `node:http`: it follows no redirect, and unlike `fetch` it refuses no port. The time limit is for the
 * whole answer, so a port that sends one byte a second is no different from a silent one.
 */
export const probeLoopback: Probe = ({ port, path, headers = {}, timeoutMs }) =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const req = request(
      { host: "127.0.0.1", port, path, headers: { accept: "application/json", ...headers }, agent: false },
      (res) => {
        const answer = (body: string | undefined): void =>
          finish({ status: res.statusCode ?? 0, headers: res.headers, body });
        res.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_BODY) answer(undefined);
          else chunks.push(chunk);
        });
        res.on("end", () => answer(Buffer.concat(chunks).toString("utf8")));
        res.on("error", () => finish(undefined));
        res.on("aborted", () => finish(undefined));
      },
    );
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    function finish(answer: ProbeAnswer | undefined): void {
      clearTimeout(timer);
      resolve(answer);
      req.destroy();
    }
    req.on("error", () => finish(undefined));
    req.on("upgrade", () => finish(undefined));
    req.end();
  });
