import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { expect, onTestFinished, test } from "vitest";
import { type Endpoint, endpoints } from "../src/api/endpoints.ts";
import { openApiDocument } from "../src/api/openapi.ts";
import { probes } from "../src/api/probes.ts";
import { createMetrics } from "../src/server/metrics.ts";
import { openOpsPort } from "../src/server/ops-port.ts";
import type { Readiness } from "../src/server/readiness.ts";

const API = join(import.meta.dirname, "../src/app/api");

/** Every handler that Next would serve: the endpoint that it answers for, and where. */
function routes(): string[] {
  const files = readdirSync(API, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith("route.ts"),
  );
  return files.flatMap((file) => {
    const path = `/api/${file.replace(/\/route\.ts$/, "").replaceAll(/\[(\w+)\]/g, "{$1}")}`;
    const source = readFileSync(join(API, file), "utf8");
    const handlers = [
      ...source.matchAll(
        /export (?:async )?(?:const|function) (GET|POST|PUT|PATCH|DELETE)\b(?: = apiRoute\("(\w+)"\))?/g,
      ),
    ];
    // A launch has a server of its own.
    const alone = source.includes("launchResponse(request") ? "launch" : "nothing";
    return handlers.map(([, method, name = alone]) => `${name}: ${method} ${path}`);
  });
}

test("every route answers for its endpoint in the document, and every endpoint has its route", () => {
  const described = Object.entries<Endpoint>(endpoints).map(
    ([name, { method, path }]) => `${name}: ${method} ${path}`,
  );
  expect(routes().sort()).toEqual(described.sort());
});

test("the document is OpenAPI 3.1 with one operation for each endpoint, its answers and its problems", () => {
  const document = openApiDocument();
  expect(document).toMatchObject({
    openapi: "3.1.0",
    paths: {
      "/api/user/gateway": {
        get: {
          operationId: "getUserGateway",
          responses: {
            200: { content: { "application/json": { schema: { type: "object" } } } },
            202: expect.anything(),
            401: { content: { "application/problem+json": expect.anything() } },
          },
        },
        delete: { operationId: "deleteGateway" },
      },
      "/api/instances/{id}": { get: { parameters: [{ name: "id", in: "path", required: true }] } },
    },
  });
  const operations = Object.values(document["paths"] as Record<string, object>).flatMap(Object.keys);
  expect(operations).toHaveLength(Object.keys({ ...endpoints, ...probes }).length);
});

test.each<Readiness>([
  { state: "starting", away: [] },
  { state: "ready", away: ["engine"] },
  { state: "ready", away: ["database", "engine"] },
  { state: "draining", away: [] },
])("what machines ask of a process that is %o is answered as the document says", async (readiness) => {
  const port = await openOpsPort({ host: "127.0.0.1", port: 0 }, readiness, createMetrics());
  onTestFinished(() => port.close());
  for (const { path, answers } of Object.values<Endpoint>(probes)) {
    const response = await fetch(`http://127.0.0.1:${port.number}${path}`);
    const answer = answers[response.status];
    if (!answer) throw new Error(`${path} answers ${response.status}, of which the document says nothing.`);
    if ("text" in answer) expect(response.headers.get("content-type")).toContain(answer.text);
    else {
      const body: unknown = await response.json();
      expect(v.parse(answer, body)).toEqual(body);
    }
  }
});

test("the table in docs/api.md lists every endpoint, who may ask and what it does", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/api.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+ \/api\S*)` +\| (\w+) +\| (.*?) +\|$/gm)].map(
    ([, request, access, summary]) => ({ request, access, summary }),
  );
  expect(rows).toEqual(
    Object.values<Endpoint>(endpoints).map(({ method, path, access, summary }) => ({
      request: `${method} ${path}`,
      access,
      summary,
    })),
  );
});
