import { webContext } from "../../../../server/context.ts";
import { userGatewayResponse } from "../../../../server/user-gateway.ts";

export const dynamic = "force-dynamic";

export function GET(request: Request): Promise<Response> {
  return userGatewayResponse(request, webContext());
}
