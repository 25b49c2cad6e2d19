import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hardenedServerOptions, hardenServer } from "@automna/proxy";
import type { Config } from "../config.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { listen, listenBeside } from "./listen.ts";
import { answerHealth, type Readiness } from "./readiness.ts";

/** The port that browsers reach. */
export interface FrontPort {
  readonly number: number;
  /** The second port, for gateways' own pages; null when there is none. */
  readonly instanceNumber: number | null;
  /** From now on requests are answered; before, only those about health are. */
  serve(dispatcher: Dispatcher): void;
  /** Takes no more connections, and resolves when the requests that run are answered or the time is over. */
  drain(graceMs: number): Promise<void>;
  /** Ends everything at once. */
  close(): void;
}

/** Listens. On loopback there may be several servers behind the one port. */
export async function openFrontPort(
  { host, port, instanceOrigins }: Pick<Config, "host" | "port" | "instanceOrigins">,
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
  const close = (opened: readonly Server[]): void => {
    for (const server of opened) {
      server.close();
      server.closeAllConnections();
    }
  };
  const front = await listen(createFront, host, port);
  const beside =
    instanceOrigins.kind === "port"
      ? await listenBeside(createFront, { host, port: instanceOrigins.port, appPort: front.port }).catch(
          (error: unknown) => {
            close(front.servers);
            throw error;
          },
        )
      : null;
  const servers = [...front.servers, ...(beside?.servers ?? [])];

  return {
    number: front.port,
    instanceNumber: beside?.port ?? null,
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
    close: () => close(servers),
  };
}
