import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { type Endpoint, endpoints } from "./endpoints.ts";
import { probes } from "./probes.ts";
import { problem } from "./problem.ts";

type Json = Record<string, unknown>;

/** The API as OpenAPI 3.1 has it, made from the same tables that the answers are held to. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of Object.entries<Endpoint>({ ...endpoints, ...probes })) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(name, endpoint);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Automna",
      version: "1",
      description: "One gateway for one person: make it, see it, keep it.",
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problem) },
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "__session", description: "Clerk's session." },
        signature: { type: "apiKey", in: "header", name: "svix-signature" },
      },
    },
  };
}

function operation(name: string, endpoint: Endpoint): Json {
  const { access, body } = endpoint;
  const parameters = [...pathParameters(endpoint), ...queryParameters(endpoint)];
  return {
    operationId: name,
    summary: endpoint.summary,
    security: access === "anyone" ? [] : [{ [access === "signature" ? "signature" : "session"]: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(schemaOf(body)) } } : {}),
    responses: { ...answers(endpoint), ...problems(endpoint) },
  };
}

function answers({ answers, events }: Endpoint): Json {
  const entries = Object.entries(answers).map(([status, answer]) => {
    if (answer === null) return [status, { description: "Done." }];
    if ("text" in answer)
      return [status, { description: eventNames(events), content: { [answer.text]: { schema: {} } } }];
    return [status, { description: DESCRIPTIONS[status] ?? "Done.", content: json(schemaOf(answer)) }];
  });
  return Object.fromEntries(entries) as Json;
}

function problems({ problems, access }: Endpoint): Json {
  const statuses = new Set([...problems, ...(access === "user" || access === "operator" ? [403] : [])]);
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...statuses].map((status) => [status, { description: DESCRIPTIONS[status] ?? "A problem.", content }]),
  );
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: "As asked.",
  201: "It was made.",
  202: "It is on its way.",
  400: "The request cannot be understood.",
  401: "Nobody is signed in.",
  403: "A page of another origin asked.",
  404: "There is no such thing, or it is not yours.",
  409: "It cannot be done to this gateway as it is.",
  413: "The body is too large.",
  429: "Too many requests, or no room for another gateway. `Retry-After` says when to try again.",
  503: "It cannot be answered now.",
};

function eventNames(events: Endpoint["events"]): string {
  if (!events) return "As asked.";
  const described = Object.entries(events).map(
    ([name, schema]) => `\`${name}\`: ${JSON.stringify(schemaOf(schema))}`,
  );
  return `Server-sent events; the data of each is JSON. ${described.join(" ")}`;
}

function pathParameters({ path }: Endpoint): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", pattern: "^[0-9a-f]{24}$" },
  }));
}

function queryParameters({ query = {} }: Endpoint): Json[] {
  return Object.entries(query).map(([name, schema]) => ({ name, in: "query", schema: schemaOf(schema) }));
}

const json = (schema: Json) => ({ "application/json": { schema } });

function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: "ignore" });
  return rest;
}
