import { CapacityError } from "@automna/control-plane";
import { IdentityDeletedError, InstanceNotFoundError } from "@automna/control-plane/database";
import { type Endpoint, type EndpointName, endpoints } from "../../api/endpoints.ts";
import { checkInput } from "../../checked-input.ts";
import { OwnDeviceError } from "../chat-gateway.ts";
import { ApprovalRefusedError } from "../device-approval.ts";
import { NoSuchGatewayError } from "../gateways.ts";
import { WRONG_ORIGIN } from "../instance-request.ts";
import { type Problem, problemResponse } from "../problem.ts";
import { sourceOf } from "../request-source.ts";
import { adminHandlers } from "./admin.ts";
import type { Api, ApiOptions, ApiRequest, Handler } from "./api.ts";
import { NOT_UNDERSTOOD, readBody } from "./body.ts";
import { eventsHandler } from "./instance-events.ts";
import { documentHandlers } from "./document.ts";
import { isOperator } from "./operator.ts";
import { userHandlers } from "./user.ts";
import { webhookHandler } from "./webhook.ts";

const HANDLERS: Readonly<Record<EndpointName, Handler>> = {
  ...userHandlers,
  ...adminHandlers,
  ...documentHandlers,
  getInstanceEvents: eventsHandler,
  receiveClerkWebhook: webhookHandler,
};

/**
 * Serves the endpoints of the table: who asks, whether they may and how often, what they sent and what went wrong are
 * decided here, for all of them alike.
 */
export function createApi(options: ApiOptions): Api {
  return async (name, request, params = {}) => {
    const endpoint: Endpoint = endpoints[name];
    try {
      const asked = await admitRequest(name, endpoint, request, params, options);
      return "status" in asked
        ? problemResponse(asked, asked.retryAfterMs)
        : await HANDLERS[name](asked, options);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === UNAVAILABLE || problem === NOT_APPROVED) options.reportError(error);
      return problemResponse(problem, problem.retryAfterMs);
    }
  };
}

type Refusal = Problem & { readonly retryAfterMs?: number };

async function admitRequest(
  name: EndpointName,
  endpoint: Endpoint,
  request: Request,
  { id = "" }: Readonly<Record<string, string>>,
  options: ApiOptions,
): Promise<ApiRequest | Refusal> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const asked = { request, id, query, clerkId: "", sessionId: "", kind: "local", body: undefined } as const;
  if (endpoint.access === "anyone" || endpoint.access === "signature") return asked;
  if (!options.policy.sentByOwnPage(sourceOf(request.headers))) return WRONG_ORIGIN;
  const identity = await options.identify(request.headers, request.url);
  if (!identity) return SIGNED_OUT;
  const { clerkId, sessionId, kind } = identity;
  // Who is no operator learns nothing of what operators have.
  if (endpoint.access === "operator" && !isOperator(identity, options)) return NOT_FOUND;
  if (endpoint.rate) {
    const waitMs = await options.rateLimit.take(clerkId, name, endpoint.rate);
    if (waitMs > 0) return { ...TOO_MANY, retryAfterMs: waitMs };
  }
  const wrong = wrongQuery(endpoint, query);
  if (wrong) return { ...NOT_UNDERSTOOD, detail: wrong };
  const body = endpoint.body ? await readBody(endpoint.body, request) : { value: undefined };
  return "status" in body ? body : { ...asked, clerkId, sessionId, kind, body: body.value };
}

function wrongQuery({ query = {} }: Endpoint, given: Readonly<Record<string, string>>): string | null {
  for (const [name, schema] of Object.entries(query)) {
    const checked = checkInput(schema, given[name], `The query parameter ${name}`);
    if (!checked.ok) return `${checked.wrong.join("; ")}. Leave it out, or see /api/openapi.json.`;
  }
  return null;
}

function problemOf(error: unknown): Refusal {
  if (error instanceof CapacityError)
    return { ...TOO_MANY, code: error.code, detail: error.message, retryAfterMs: error.retryAfterMs };
  if (error instanceof IdentityDeletedError)
    return { ...SIGNED_OUT, code: error.code, detail: error.message };
  if (error instanceof OwnDeviceError)
    return { status: 409, code: error.code, title: "Conflict", detail: error.message };
  if (error instanceof ApprovalRefusedError) return NOT_APPROVED;
  if (error instanceof InstanceNotFoundError || error instanceof NoSuchGatewayError) return NOT_FOUND;
  return UNAVAILABLE;
}

const SIGNED_OUT: Problem = {
  status: 401,
  code: "signed-out",
  title: "Unauthorized",
  detail: "Nobody is signed in. Sign in, then try again.",
};
const NOT_FOUND: Problem = {
  status: 404,
  code: "not-found",
  title: "Not found",
  detail: "There is no such thing, or it is not yours. GET /api/user says what is.",
};
const TOO_MANY: Problem = {
  status: 429,
  code: "too-many-requests",
  title: "Too many requests",
  detail: "That was asked too often. Try again when Retry-After says.",
};
const NOT_APPROVED: Problem = {
  status: 409,
  code: "approval-refused",
  title: "Conflict",
  detail:
    "The gateway did not approve this browser. It may have waited for too long: open the chat again to ask anew. The server's log says what the gateway answered.",
};
const UNAVAILABLE: Problem = {
  status: 503,
  code: "unavailable",
  title: "Service unavailable",
  detail:
    "It could not be looked up. Trying again helps when the database is back; the server's log says more.",
};
