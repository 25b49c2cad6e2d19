import type { IncomingMessage, ServerResponse } from "node:http";
import type * as v from "valibot";
import type { readiness } from "../api/probes.ts";

type Answer = v.InferOutput<typeof readiness>;

/** Whether new work should be sent here. */
export interface Readiness {
  state: Answer["status"];
  away: readonly Dependency[];
}

/** What a process needs and may have to do without. */
export type Dependency = Answer["away"][number];

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
