import type { FakeGateway } from "./fake-gateway.ts";

export type HttpAnswer = { status: number; type: string; body: string };

const page = (name: string) =>
  `<!doctype html><meta charset="utf-8"><title>${name}</title><p>This is a fake gateway for tests. It has no Control UI.</p>`;

/**
 * What the gateways answer to plain HTTP. Version 3 has no health endpoint: every path is its page. Version 4 has
 * `/health` (alive) and `/readyz` (503 while it starts or drains).
 */
export function answerHttp(gateway: FakeGateway, path: string): HttpAnswer {
  if (gateway.protocol === 3) return { status: 200, type: "text/html", body: page("Clawdbot (fake)") };
  const ready = gateway.status === "up";
  const json = (status: number, body: object): HttpAnswer => ({
    status,
    type: "application/json",
    body: JSON.stringify(body),
  });
  if (path === "/health" || path === "/healthz") return json(200, { ok: true, status: "live" });
  if (path === "/ready" || path === "/readyz" || path === "/startup" || path === "/startupz")
    return json(ready ? 200 : 503, { ready, failing: ready ? [] : ["startup-sidecars"] });
  if (path === "/" || path.startsWith("/i/"))
    return { status: 200, type: "text/html", body: page("OpenClaw (fake)") };
  return { status: 404, type: "text/plain", body: "Not Found" };
}
