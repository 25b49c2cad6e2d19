import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { patienceMs } from "../../scripts/test-patience.ts";
import type { RawDevice } from "./raw-device.ts";

/** A gateway event or response, unparsed: tests look at what really came over the wire. */
export interface RawFrame {
  readonly type: string;
  readonly id?: string;
  readonly event?: string;
  readonly ok?: boolean;
  readonly payload?: Record<string, unknown>;
  readonly error?: {
    code: string;
    message: string;
    details?: Record<string, unknown>;
    retryAfterMs?: number;
  };
}

export interface RawClose {
  readonly code: number;
  readonly reason: string;
}

/** The gateway answered a request with an error, or the socket closed before it answered. */
export class RawGatewayError extends Error {
  override readonly name = "RawGatewayError";
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterMs: number | undefined;

  constructor(error: NonNullable<RawFrame["error"]>) {
    super(`${error.code}: ${error.message}`);
    this.code = error.code;
    this.details = error.details ?? {};
    this.retryAfterMs = error.retryAfterMs;
  }
}

/** The upgrade was answered with an HTTP status. */
export class RawHttpRefusal extends Error {
  override readonly name = "RawHttpRefusal";
  readonly status: number;

  constructor(status: number, body: string) {
    super(`HTTP ${status}: ${body.slice(0, 300)}`);
    this.status = status;
  }
}

/** One WebSocket to a gateway without any of the SDK's code in between. */
export class RawGateway {
  readonly frames: RawFrame[] = [];
  readonly closed: Promise<RawClose>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<(frame: RawFrame | null) => void>();
  #close: RawClose | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(parseFrame(data.toString("utf8"))));
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.#close = { code, reason: reason.toString("utf8") };
        for (const notice of this.#waiting) notice(null);
        resolve(this.#close);
      });
    });
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<RawGateway> {
    const socket = new WebSocket(url, { headers, maxPayload: 64 * 1024 * 1024 });
    const gateway = new RawGateway(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("unexpected-response", (_request, response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          reject(new RawHttpRefusal(response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8"))),
        );
      });
      socket.on("error", reject);
    });
    return gateway;
  }

  /** The first frame, also an earlier one, that satisfies `matches`. */
  async frame(matches: (frame: RawFrame) => boolean, timeoutMs = patienceMs): Promise<RawFrame> {
    const known = this.frames.find(matches);
    if (known) return known;
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(notice);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`No such frame within ${timeoutMs} ms.`));
      }, timeoutMs);
      const notice = (frame: RawFrame | null) => {
        if (frame !== null && !matches(frame)) return;
        end();
        if (frame === null)
          reject(new Error(`The gateway closed the socket: ${JSON.stringify(this.#close)}`));
        else resolve(frame);
      };
      this.#waiting.add(notice);
    });
  }

  event(
    name: string,
    matches: (payload: Record<string, unknown>) => boolean = () => true,
    timeoutMs?: number,
  ) {
    return this.frame((frame) => frame.event === name && matches(frame.payload ?? {}), timeoutMs);
  }

  async request(method: string, params: object, timeoutMs?: number): Promise<Record<string, unknown>> {
    const id = randomUUID();
    this.#socket.send(JSON.stringify({ type: "req", id, method, params }));
    const answer = await this.frame((frame) => frame.type === "res" && frame.id === id, timeoutMs);
    if (answer.ok !== true)
      throw new RawGatewayError(answer.error ?? { code: "?", message: "no error given" });
    return answer.payload ?? {};
  }

  async close(): Promise<RawClose> {
    this.#socket.close(1000);
    return this.closed;
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(frame: RawFrame): void {
    this.frames.push(frame);
    for (const notice of this.#waiting) notice(frame);
  }
}

export interface RawConnectOptions {
  readonly token: string | null;
  readonly headers?: Record<string, string>;
  /** Default `webchat`/`webchat`; `backend` is the tooling identity that needs no device on loopback. */
  readonly client?: { id: string; mode: string };
  readonly device?: RawDevice;
  readonly scopes?: readonly string[];
}

export const BACKEND_CLIENT = { id: "gateway-client", mode: "backend" };
const CHAT_SCOPES = ["operator.read", "operator.write"];

/** Opens a socket and completes the handshake. `hello` is the payload of hello-ok. */
export async function connectRaw(
  url: string,
  options: RawConnectOptions,
): Promise<{ gateway: RawGateway; hello: Record<string, unknown> }> {
  const gateway = await RawGateway.open(url, options.headers);
  try {
    const challenge = (await gateway.event("connect.challenge")).payload ?? {};
    const hello = await gateway.request("connect", connectParams(options, challenge));
    return { gateway, hello };
  } catch (error) {
    gateway.terminate();
    throw error;
  }
}

function connectParams(options: RawConnectOptions, challenge: Record<string, unknown>): object {
  const client = options.client ?? { id: "webchat", mode: "webchat" };
  const scopes = options.scopes ?? CHAT_SCOPES;
  const { device, token } = options;
  const signedAt = Number(challenge["ts"]);
  const nonce = String(challenge["nonce"]);
  const text = (deviceId: string) =>
    ["v2", deviceId, client.id, client.mode, "operator", scopes.join(","), signedAt, token ?? "", nonce].join(
      "|",
    );
  return {
    minProtocol: 3,
    maxProtocol: 4,
    client: { ...client, version: "0.0.0", platform: "test" },
    role: "operator",
    scopes,
    ...(token === null ? {} : { auth: { token } }),
    ...(device
      ? {
          device: {
            id: device.id,
            publicKey: device.publicKey,
            signature: device.sign(text(device.id)),
            signedAt,
            nonce,
          },
        }
      : {}),
  };
}

function parseFrame(text: string): RawFrame {
  const frame: unknown = JSON.parse(text);
  if (typeof frame !== "object" || frame === null) throw new Error(`Not a frame: ${text.slice(0, 200)}`);
  return frame as RawFrame;
}
