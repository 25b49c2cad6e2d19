import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hardenedServerOptions, hardenServer } from "@automna/proxy";
import type { Config } from "../config.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { listen } from "./listen.ts";
import { answerHealth, type Readiness } from "./readiness.ts";

/** The port that browsers reach. */
export interface FrontPort {
  readonly number: number;
  /** From now on requests are answered; before, only those about health are. */
  serve(dispatcher: Dispatcher): void;
  /** Takes no more connections, and resolves when the requests that run are answered or the time is over. */
  drain(graceMs: number): Promise<void>;
  /** Ends everything at once. */
  close(): void;
}

/** Listens. On loopback there may be several servers behind the one port. */
export async function openFrontPort(
  { host, port }: Pick<Config, "host" | "port">,
  readiness: Readiness,
): Promise<FrontPort> {
  let dispatcher: Dispatcher | null = null;
  const running = new Set<ServerResponse>();
  let whenIdle: (() => void) | null = null;

  function onRequest(req: IncomingMessage, res: ServerResponse): void {
    if (answerHealth(req, res, readiness)) return;
    if (!dispatcher) {
      res.destroy();
      return;
    }
    running.add(res);
    res.on("close", () => {
      running.delete(res);
      if (running.size === 0) whenIdle?.();
    });
    if (readiness.state === "draining") res.setHeader("connection", "close");
    dispatcher.handleRequest(req, res);
  }

  const createFront = (): Server => {
    const server = createServer(hardenedServerOptions());
    server.on("request", onRequest);
    server.on("upgrade", (req, socket, head) =>
      dispatcher ? dispatcher.handleUpgrade(req, socket, head) : socket.destroy(),
    );
    hardenServer(server);
    return server;
  };
  const { servers, port: number } = await listen(createFront, host, port);

  return {
    number,
    serve(ready) {
      dispatcher = ready;
    },
    async drain(graceMs) {
      for (const server of servers) server.close();
      if (running.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        whenIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
