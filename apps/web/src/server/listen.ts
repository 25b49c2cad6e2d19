import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isLoopback } from "../loopback.ts";

/** The port could not be had. */
class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "cannot-listen";
}

type Prefix = "" | "OPS_" | "INSTANCE_" | "MODEL_RELAY_";

/**
 * Listens, and returns the port. `localhost` means both loopback addresses: a browser may try either first, and what
 * one does not answer somebody else's program could.
 *
 * @param createServer Called once for each address.
 * @param prefix Of the variables `HOST` and `PORT` that choose the address.
 */
export async function listen(
  createServer: () => Server,
  host: string,
  port: number,
  prefix: Prefix = "",
): Promise<{ servers: Server[]; port: number }> {
  if (host !== "localhost") {
    const server = createServer();
    return { servers: [server], port: await listenOn(server, host, port, prefix) };
  }
  const v4 = createServer();
  const bound = await listenOn(v4, "127.0.0.1", port, prefix);
  const v6 = createServer();
  try {
    await listenOn(v6, "::1", bound, prefix);
    return { servers: [v4, v6], port: bound };
  } catch (error) {
    // A machine without IPv6 has no ::1.
    const code =
      error instanceof ListenError &&
      error.cause instanceof Error &&
      "code" in error.cause &&
      error.cause.code;
    if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return { servers: [v4], port: bound };
    v4.close();
    throw error;
  }
}

/**
 * Listens on the second port: the given one, else the one after the app's, else a free one. On this machine it has both
 * loopback addresses whatever the app has, because its pages are shown under another of the machine's names.
 */
export async function listenBeside(
  createServer: () => Server,
  { host, port, appPort }: { readonly host: string; readonly port: number | null; readonly appPort: number },
): Promise<{ servers: Server[]; port: number }> {
  const where = isLoopback(host) ? "localhost" : host;
  if (port !== null) return listen(createServer, where, port, "INSTANCE_");
  try {
    return await listen(createServer, where, appPort === 65_535 ? 0 : appPort + 1);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return listen(createServer, where, 0, "INSTANCE_");
  }
}

function listenOn(server: Server, host: string, port: number, prefix: Prefix): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(listenError(cause, host, port, prefix));
    server.once("error", fail);
    // Every worker of a machine answers where containers were told that the relay is.
    const reusePort = prefix === "MODEL_RELAY_" && port !== 0 && process.platform === "linux";
    server.listen({ port, host, reusePort }, () => {
      server.off("error", fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(cause: Error, host: string, port: number, prefix: Prefix): ListenError {
  const inUse = "code" in cause && cause.code === "EADDRINUSE";
  const message = inUse
    ? `Port ${port} on ${host} is taken. Stop the program that uses it, or choose another port with ${prefix}PORT.`
    : `Cannot listen on ${host}, port ${port}: ${cause.message}. Set ${prefix === "INSTANCE_" ? "" : prefix}HOST and ${prefix}PORT.`;
  return new ListenError(message, { cause });
}
