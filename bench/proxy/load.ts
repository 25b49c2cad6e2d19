/**
 * The load generator, in a process of its own: closed loop, raw sockets. Each order is one run; the answer says how
 * many round trips it made and how long they took.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface LoadOrder {
  readonly port: number;
  readonly scenario: "small" | "large" | "post" | "socket";
  readonly connections: number;
  readonly durationMs: number;
  readonly cookie: string;
}

export interface LoadResult {
  readonly roundTrips: number;
  readonly errors: number;
  readonly durationMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const PATH_PREFIX = "/i/000000000000000000000001";
const MESSAGE = Buffer.concat([Buffer.from([0x81, 0x80 | 64, 0, 0, 0, 0]), Buffer.alloc(64, 120)]);

function headOf(start: string, cookie: string, more = ""): string {
  return `${start} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: application/json, */*;q=0.5\r\nAccept-Language: en-GB,en;q=0.7\r\nCookie: theme=dark; ${cookie}\r\n${more}\r\n`;
}

export function requestFor({ scenario, cookie }: Pick<LoadOrder, "scenario" | "cookie">): Buffer {
  switch (scenario) {
    case "small":
    case "large":
      return Buffer.from(headOf(`GET ${PATH_PREFIX}/${scenario}`, cookie));
    case "post":
      return Buffer.concat([
        Buffer.from(
          headOf(
            `POST ${PATH_PREFIX}/post`,
            cookie,
            "Content-Type: application/json\r\nContent-Length: 10240\r\n",
          ),
        ),
        Buffer.alloc(10_240, 98),
      ]);
    case "socket":
      return Buffer.from(
        headOf(
          `GET ${PATH_PREFIX}/ws`,
          cookie,
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
      );
  }
}

/** Calls back for every complete answer; the body length is read from the first head and stays the same. */
function onAnswers(socket: Socket, each: () => void): void {
  let head = "";
  let left = -1;
  socket.on("data", (chunk: Buffer) => {
    if (left > 0) {
      left -= chunk.length;
      if (left <= 0) {
        left = -1;
        each();
      }
      return;
    }
    head += chunk.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    if (!head.startsWith("HTTP/1.1 200")) throw new Error(`A subject answered: ${head.slice(0, 200)}`);
    left = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4);
    head = "";
    if (left > 0) return;
    left = -1;
    each();
  });
}

function onEchoes(socket: Socket, opened: () => void, each: () => void): void {
  let head = "";
  let open = false;
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    if (!open) {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      if (!head.startsWith("HTTP/1.1 101")) throw new Error(`A subject answered: ${head.slice(0, 200)}`);
      open = true;
      opened();
      return;
    }
    bytes += chunk.length;
    while (bytes >= MESSAGE.length) {
      bytes -= MESSAGE.length;
      each();
    }
  });
}

function run(order: LoadOrder): Promise<LoadResult> {
  const request = requestFor(order);
  const latencies: number[] = [];
  let errors = 0;
  const startedAt = performance.now();
  const endAt = startedAt + order.durationMs;
  const clients = Array.from(
    { length: order.connections },
    () =>
      new Promise<void>((resolve) => {
        const socket = connect({ port: order.port, host: "127.0.0.1", noDelay: true });
        let sentAt = 0;
        const isSocket = order.scenario === "socket";
        const next = (): void => {
          const now = performance.now();
          if (sentAt > 0) latencies.push(now - sentAt);
          if (now >= endAt) {
            socket.destroy();
            return;
          }
          sentAt = now;
          socket.write(isSocket ? MESSAGE : request);
        };
        if (isSocket) onEchoes(socket, next, next);
        else onAnswers(socket, next);
        socket.on("error", () => (errors += 1));
        socket.on("close", () => resolve());
        socket.on("connect", () => (isSocket ? socket.write(request) : next()));
      }),
  );
  return Promise.all(clients).then(() => {
    latencies.sort((a, b) => a - b);
    const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
    return {
      roundTrips: latencies.length,
      errors,
      durationMs: performance.now() - startedAt,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
  });
}

const idle: Socket[] = [];

/** Opens WebSockets, lets each say one thing, and keeps them. */
async function hold({ port, cookie }: Pick<LoadOrder, "port" | "cookie">, count: number): Promise<void> {
  const request = requestFor({ scenario: "socket", cookie });
  for (let opened = 0; opened < count; opened += 50) {
    await Promise.all(
      Array.from(
        { length: Math.min(50, count - opened) },
        () =>
          new Promise<void>((resolve, reject) => {
            const socket = connect({ port, host: "127.0.0.1", noDelay: true });
            idle.push(socket);
            onEchoes(
              socket,
              () => void socket.write(MESSAGE),
              () => resolve(),
            );
            socket.on("error", reject);
            socket.write(request);
          }),
      ),
    );
  }
}

async function release(): Promise<void> {
  await Promise.all(
    idle.splice(0).map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on("close", () => resolve());
          socket.destroy();
        }),
    ),
  );
}

type Message =
  | { readonly kind: "run"; readonly order: LoadOrder }
  | { readonly kind: "hold"; readonly port: number; readonly cookie: string; readonly count: number }
  | { readonly kind: "release" };

process.on("message", (message: Message) => {
  if (message.kind === "run") void run(message.order).then((result) => process.send?.(result));
  else if (message.kind === "hold") void hold(message, message.count).then(() => process.send?.("done"));
  else void release().then(() => process.send?.("done"));
});
process.on("disconnect", () => process.exit(0));
