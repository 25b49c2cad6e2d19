import type { IncomingMessage, ServerResponse } from "node:http";

/** Whether new work should be sent here. */
export interface Readiness {
  state: "starting" | "ready" | "draining";
  /** What is needed and does not answer. Without its database no process takes anything on. */
  away: readonly Dependency[];
}

export type Dependency = "database" | "engine";

/**
 * Answers `/healthz` (the process lives) and `/readyz` (it wants work), under any host name: a balancer asks by
 * address. `false` when the request is about something else.
 */
export function answerHealth(req: IncomingMessage, res: ServerResponse, { state, away }: Readiness): boolean {
  if (req.url !== "/healthz" && req.url !== "/readyz") return false;
  const healthy = req.url === "/healthz";
  const ready = state === "ready" && !away.includes("database");
  res.writeHead(healthy || ready ? 200 : 503, {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...(state === "draining" ? { connection: "close" } : {}),
  });
  res.end(JSON.stringify(healthy ? { status: "ok" } : { status: state, away }));
  return true;
}
