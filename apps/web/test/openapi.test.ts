import { expect, test } from "vitest";
import { endpoints } from "../src/api/endpoints.ts";
import { openApiDocument } from "../src/api/openapi.ts";

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
  expect(operations).toHaveLength(Object.keys(endpoints).length);
});
