import { apiRoute } from "../../../../server/api-route.ts";

export const dynamic = "force-dynamic";

export const PUT = apiRoute("putModelKey");
export const DELETE = apiRoute("deleteModelKey");
