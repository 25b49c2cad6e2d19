import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { join } from "node:path";
import next from "next";
import type { Config } from "../config.ts";
import type { Pages } from "./dispatcher.ts";

const APP_DIR = join(import.meta.dirname, "../..");

/** Prepares Next: from the last build, or with its development server. */
export async function startPages(
  options: Pick<Config, "production" | "port" | "identity">,
): Promise<Pages & { readonly close: () => Promise<void> }> {
  const { identity } = options;
  // Clerk's middleware takes it from nowhere else. It may have come from a file.
  if (identity.kind === "clerk") process.env["CLERK_SECRET_KEY"] = identity.clerk.secretKey;
  // Next adds an upgrade listener of its own to the server that it is given, and closes sockets whose path matches one
  // of its pages. It gets a stand-in, and this app says which upgrades it hears of.
  const standIn = new EventEmitter() as Server;
  const app = next({
    dev: !options.production,
    // Not the address that is listened on: Clerk rewrites to localhost, which would count as another host.
    hostname: "localhost",
    port: options.port,
    httpServer: standIn,
    dir: APP_DIR,
  });
  await app.prepare();
  const handle = app.getRequestHandler();
  return {
    handleRequest: (req, res) => handle(req, res),
    handleUpgrade(req, socket, head) {
      // Next listens once it has seen its first request.
      if (!standIn.emit("upgrade", req, socket, head)) socket.destroy();
    },
    close: () => app.close(),
  };
}
