import type { IncomingMessage, ServerResponse } from "node:http";

import type { Refusal } from "./access.ts";

/** What every answer says about itself. No CORS header is ever among them: other origins read nothing. */
export const OWN_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Keeps tunnels from taking a quiet stream for a dead one, milliseconds. */
const HEARTBEAT_MS = 15_000;
/** A reader that is this many bytes behind is let go; it comes back and starts over. */
const MAX_BEHIND = 64 * 1024 * 1024;

/** Writes a JSON answer, which no cache may keep. */
export function sendJson(
  res: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${JSON.stringify(value)}\n`;
  res.writeHead(status, {
    ...OWN_HEADERS,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...headers,
  });
  res.end(res.req.method === "HEAD" ? undefined : body);
}

export function sendRefusal(res: ServerResponse, { status, code, message }: Refusal): void {
  const challenge: Record<string, string> = status === 401 ? { "www-authenticate": "Bearer" } : {};
  sendJson(res, status, { ok: false, error: message, code }, challenge);
}

/** An answer that goes on as server-sent events. */
export interface EventAnswer {
  /** @returns `false` when nobody reads any more */
  send(data: unknown, event?: string): boolean;
  /** The same for JSON that is text already. */
  sendText(json: string, event?: string): boolean;
  end(): void;
  /** Called once, when the answer is over, whoever ended it. */
  onClose(listener: () => void): void;
}

export function openEventAnswer(res: ServerResponse): EventAnswer {
  res.writeHead(200, {
    ...OWN_HEADERS,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  const write = (text: string): boolean => {
    if (res.destroyed || res.writableEnded) return false;
    if (res.writableLength > MAX_BEHIND) res.destroy();
    else res.write(text);
    return !res.destroyed;
  };
  write(":\n\n");
  const heartbeat = setInterval(() => write(":\n\n"), HEARTBEAT_MS);
  res.on("close", () => clearInterval(heartbeat));
  const sendText = (json: string, event?: string): boolean =>
    write(`${event === undefined ? "" : `event: ${event}\n`}data: ${json}\n\n`);
  return {
    sendText,
    send: (data, event) => sendText(JSON.stringify(data), event),
    end: () => void res.end(),
    onClose: (listener) => void res.once("close", listener),
  };
}

/** A body that was refused, with what the client is told. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly refusal: Refusal;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.refusal = { status, code, message };
  }
}

/**
 * Reads a JSON body.
 *
 * @throws {BodyError} when it is none, or longer than `limit` bytes
 */
export async function readJsonBody(req: IncomingMessage, limit: number): Promise<unknown> {
  const type = req.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new BodyError(415, "not-json", "Send JSON, with content-type: application/json.");
  }
  const tooLarge = new BodyError(
    413,
    "too-large",
    `The body is larger than ${limit} bytes. Send less at a time.`,
  );
  if (Number(req.headers["content-length"] ?? 0) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The answer to a body that is too long still has to go out over this socket.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > limit) throw tooLarge;
    chunks.push(part);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return value;
  } catch {
    throw new BodyError(400, "not-json", "The body is not JSON.");
  }
}
