import { countInstances, maxRunningOf } from "@automna/control-plane/database";
import { openApiDocument } from "../../api/openapi.ts";
import { type Handler, json } from "./api.ts";

/** What anybody may know. */
export const documentHandlers = {
  getOpenApi: () => Promise.resolve(json(200, openApiDocument())),

  async getStatus(_asked, { database, product, driver, capacity, identity }) {
    const { running } = await countInstances(database);
    const status = running < (await maxRunningOf(database, capacity.maxRunning)) ? "ok" : "full";
    return json(200, { status, product, driver, identity });
  },
} satisfies Record<string, Handler>;
