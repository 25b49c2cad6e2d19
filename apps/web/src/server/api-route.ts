import type { EndpointName } from "../api/endpoints.ts";
import { webContext } from "./context.ts";

/** What Next gives a route handler. */
interface RouteContext {
  readonly params: Promise<Readonly<Record<string, string>>>;
}

/** A handler for Next, which only carries: the answer is made in the server's own code. */
export function apiRoute(name: EndpointName): (request: Request, context: RouteContext) => Promise<Response> {
  return async (request, { params }) => webContext().api(name, request, await params);
}
