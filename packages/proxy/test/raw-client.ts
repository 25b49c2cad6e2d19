import { connect } from "node:net";
import type { Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A socket that sends what it is told and keeps everything it gets. */
export interface RawClient {
  readonly socket: Socket;
  /** All bytes so far, as latin1 text. */
  readonly text: () => string;
  send(data: string | Buffer): void;
  /** Resolves with all text when it holds `part`. Rejects if the connection ends before. */
  has(part: string | RegExp): Promise<string>;
  /** Resolves with all text when the other side has ended or reset the connection. */
  ended(): Promise<string>;
  /** `true` if the connection was reset. */
  readonly wasReset: () => boolean;
}

export function openRaw(port: number, allowHalfOpen = false): RawClient {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
  const chunks: Buffer[] = [];
  const watchers = new Set<() => void>();
  let over = false;
  let reset = false;
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    notify();
  });
  socket.on("error", (error) => {
    reset ||= "code" in error && error.code === "ECONNRESET";
  });
  const finish = (): void => {
    over = true;
    notify();
  };
  socket.on("end", finish).on("close", finish);
  onTestFinished(() => {
    socket.destroy();
  });
  const text = (): string => Buffer.concat(chunks).toString("latin1");
  return {
    socket,
    text,
    send: (data) => void socket.write(data, "latin1"),
    has(part) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          const all = text();
          if (typeof part === "string" ? all.includes(part) : part.test(all)) {
            watchers.delete(check);
            resolve(all);
          } else if (over) {
            watchers.delete(check);
            reject(
              new Error(`The connection ended without ${String(part)}; it brought: ${JSON.stringify(all)}`),
            );
          }
        };
        watchers.add(check);
        check();
      });
    },
    ended() {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!over) return;
          watchers.delete(check);
          resolve(text());
        };
        watchers.add(check);
        check();
      });
    },
    wasReset: () => reset,
  };
}

const SOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A WebSocket opening handshake for a path, with more headers if wanted. */
export function upgradeRequest(path: string, more: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: front.test",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${SOCKET_KEY}`,
    ...more,
    "",
    "",
  ].join("\r\n");
}

/** What an upstream says to open a tunnel. */
export const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/** A WebSocket frame, masked with a fixed key as clients must, or plain as servers do. */
export function frame(opcode: number, payload: string | Buffer, masked: boolean): Buffer {
  const body = Buffer.from(payload);
  const size =
    body.length < 126
      ? [body.length]
      : body.length < 65_536
        ? [126, body.length >> 8, body.length & 255]
        : big(body.length);
  const head = Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | (size[0] ?? 0), ...size.slice(1)]);
  if (!masked) return Buffer.concat([head, body]);
  const key = [1, 2, 3, 4];
  return Buffer.concat([
    head,
    Buffer.from(key),
    Buffer.from(body.map((byte, index) => byte ^ (key[index % 4] ?? 0))),
  ]);
}

function big(length: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [127, ...bytes];
}
