import type { Driver, GatewayProduct } from "@automna/control-plane";
import type { Config } from "../config.ts";
import type { RateLimit } from "./api/rate-limit.ts";
import type { InstanceOrigins } from "./instance-origins.ts";
import type { InstanceRoutes } from "./instance-routes.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import type { Parts } from "./roles.ts";
import type { Storage } from "./storage.ts";
import type { Teardown } from "./teardown.ts";

/** What all parts of one process share. */
export interface House {
  readonly config: Config;
  readonly parts: Parts;
  readonly log: Log;
  readonly teardown: Teardown;
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly rateLimit: RateLimit;
  readonly routes: InstanceRoutes;
  readonly policy: OriginPolicy;
  readonly origins: InstanceOrigins;
  readonly driver: Driver["name"];
  readonly product: GatewayProduct;
  /** What new instances run; null where no image is run. */
  readonly image: string | null;
}

/** For errors that no answer can carry. */
export function reportTo({ logger }: Log): (error: unknown) => void {
  return (error) => logger.error({ err: error }, "a request could not be answered");
}
