import { createServer } from "node:http";
import type { Config } from "../config.ts";
import { listen } from "./listen.ts";
import type { Metrics } from "./metrics.ts";
import { answerHealth, type Readiness } from "./readiness.ts";

export interface OpsPort {
  readonly number: number;
  close(): void;
}

/** Serves health and metrics apart from what browsers reach. It is open before anything else and closes last. */
export async function openOpsPort(
  { host, port }: NonNullable<Config["ops"]>,
  readiness: Readiness,
  metrics: Metrics,
): Promise<OpsPort> {
  const createOps = () =>
    createServer((req, res) => {
      if (answerHealth(req, res, readiness)) return;
      if (req.url !== "/metrics" || req.method !== "GET") {
        res
          .writeHead(404, { "content-type": "text/plain" })
          .end("Here are /metrics, /healthz and /readyz.\n");
        return;
      }
      metrics.render().then(
        ({ contentType, text }) => res.writeHead(200, { "content-type": contentType }).end(text),
        () => res.writeHead(500).end(),
      );
    });
  const { servers, port: number } = await listen(createOps, host, port, "OPS_");
  return {
    number,
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
