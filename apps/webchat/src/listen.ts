import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

const ATTEMPTS = 10;

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

async function bind(server: Server, port: number, host: string): Promise<number> {
  server.listen({ port, host, ipv6Only: host === "::1" });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function unbind(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/**
 * Listens on 127.0.0.1 and on ::1, on one port, so that nobody else on this machine can take the other half of
 * `localhost`. A machine without IPv6 listens on 127.0.0.1 alone.
 *
 * @param port 0 for a free one
 */
export async function listenOnLoopback(four: Server, six: Server, port: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await bind(four, port, "127.0.0.1");
    try {
      await bind(six, found, "::1");
      return found;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return found;
      await unbind(four);
      if (code !== "EADDRINUSE" || port !== 0 || attempt >= ATTEMPTS) throw error;
    }
  }
}
