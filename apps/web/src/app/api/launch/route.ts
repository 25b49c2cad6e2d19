import { webContext } from "../../../server/context.ts";
import { launchResponse } from "../../../server/launch-response.ts";

export const dynamic = "force-dynamic";

export function POST(request: Request): Promise<Response> {
  return launchResponse(request, webContext());
}
