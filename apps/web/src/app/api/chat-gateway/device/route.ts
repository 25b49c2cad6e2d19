import { apiRoute } from "../../../../server/api-route.ts";

export const dynamic = "force-dynamic";

export const DELETE = apiRoute("renewChatGatewayDevice");
