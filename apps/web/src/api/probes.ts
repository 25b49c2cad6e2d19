import * as v from "valibot";
import type { Endpoint } from "./endpoints.ts";

const liveness = v.pipe(v.object({ status: v.literal("ok") }), v.title("Liveness"));

/** Whether new work should be sent to a process. */
export const readiness = v.pipe(
  v.object({
    status: v.picklist(["starting", "ready", "draining"]),
    away: v.pipe(
      v.array(v.picklist(["database", "engine"])),
      v.description("What is needed and does not answer. Without its database no process takes anything on."),
    ),
  }),
  v.title("Readiness"),
);

/** What balancers and monitors ask of every process, under any host name: no page asks for it, and no route of Next answers. */
export const probes = {
  getHealth: {
    method: "GET",
    path: "/healthz",
    summary: "Whether the process lives.",
    access: "anyone",
    answers: { 200: liveness },
    problems: [],
  },
  getReadiness: {
    method: "GET",
    path: "/readyz",
    summary: "Whether the process wants work: 503 while it starts, drains or is without its database.",
    access: "anyone",
    answers: { 200: readiness, 503: readiness },
    problems: [],
  },
  getMetrics: {
    method: "GET",
    path: "/metrics",
    summary: "Figures in the Prometheus format, on the operations port alone.",
    access: "anyone",
    answers: { 200: { text: "text/plain" } },
    problems: [],
  },
} as const satisfies Record<string, Endpoint>;
