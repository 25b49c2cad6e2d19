import type * as v from "valibot";
import { endpoints } from "../api/endpoints.ts";
import { readBody } from "./api/body.ts";
import type { WebContext } from "./context.ts";
import type { Identity } from "./identify.ts";
import { WRONG_ORIGIN } from "./instance-request.ts";
import type { LaunchOutcome } from "./launches.ts";
import { type Problem, problemResponse } from "./problem.ts";
import { sourceOf } from "./request-source.ts";

type LaunchContext = Pick<WebContext, "identify" | "launches" | "signOuts" | "policy" | "reportError">;

const SIGNED_OUT: Problem = {
  status: 401,
  code: "signed-out",
  title: "Unauthorized",
  detail: "Nobody is signed in. Sign in, then try again.",
};
const NOT_FOUND: Problem = {
  status: 404,
  code: "instance-not-found",
  title: "Not found",
  detail: "There is no such gateway, or it is not yours. Open it from /dashboard, which shows what is.",
};
const NO_ORIGIN: Problem = {
  status: 409,
  code: "no-instance-origin",
  title: "No origin for gateways' pages",
  detail: "This server shows no pages of gateways. Its operator can set INSTANCE_DOMAIN or INSTANCE_URL.",
};
const TOO_MANY: Problem = {
  status: 429,
  code: "rate-limited",
  title: "Too many requests",
  detail: "Too many windows were opened. Wait a moment, then try again.",
};
const UNAVAILABLE: Problem = {
  status: 503,
  code: "unavailable",
  title: "Service unavailable",
  detail: "Your gateway could not be looked up. Try again soon; the server's log says more.",
};

/**
 * `POST /api/launch`: where to open the pages of one's own gateway, by a ticket that lets one person in once within a
 * minute. Somebody else's gateway and one that does not exist are answered alike.
 */
export async function launchResponse(request: Request, context: LaunchContext): Promise<Response> {
  const { headers } = request;
  if (!context.policy.sentByOwnPage(sourceOf(headers))) return problemResponse(WRONG_ORIGIN);
  try {
    const identity = await context.identify(headers, request.url);
    if (!identity) return problemResponse(SIGNED_OUT);
    const body = await readBody(endpoints.launch.body, request);
    if ("status" in body) return problemResponse(body);
    return await launchFor(identity, body.value, headers.get("host") ?? undefined, context);
  } catch (error) {
    context.reportError(error);
    return problemResponse(UNAVAILABLE);
  }
}

async function launchFor(
  { clerkId, sessionId }: Identity,
  asked: v.InferOutput<typeof endpoints.launch.body>,
  host: string | undefined,
  { launches, signOuts, policy }: LaunchContext,
): Promise<Response> {
  const appOrigin = policy.originOf(host);
  const outcome = await launches.launch({ ...asked, clerkId, sessionId, appOrigin });
  const answer = respond(outcome);
  const mark = outcome.status === "ready" ? signOuts.mark(sessionId, appOrigin) : null;
  if (mark) answer.headers.append("set-cookie", mark);
  return answer;
}

function respond(outcome: LaunchOutcome): Response {
  switch (outcome.status) {
    case "ready": {
      const { url, expiresInMs } = outcome;
      return Response.json({ url, expiresInMs }, { status: 201, headers: NO_STORE });
    }
    case "not-found":
      return problemResponse(NOT_FOUND);
    case "too-many":
      return problemResponse(TOO_MANY, outcome.retryAfterMs);
    case "no-origin":
      return problemResponse(NO_ORIGIN);
  }
}

const NO_STORE = { "cache-control": "no-store" };
