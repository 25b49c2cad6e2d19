import {
  type Database,
  findInstance,
  followInstances,
  type InstanceFeed,
} from "@automna/control-plane/database";
import { createRouteTable, type HostRule, type RouteTable } from "@automna/proxy";
import { INSTANCE_ID } from "./instance-id.ts";
import { routeOfRecord } from "./instance-route.ts";
import type { Logger } from "./log.ts";

export interface InstanceRoutes {
  readonly table: RouteTable;
  /** For whoever else remembers something of instances. */
  readonly feed: InstanceFeed;
  readonly close: () => Promise<void>;
}

export interface InstanceRoutesOptions {
  readonly database: Database;
  readonly databaseUrl: string;
  /** Which hosts name an instance. */
  readonly hosts: readonly HostRule[];
  readonly log: Logger;
  /** How long a route is believed when no notification comes, in milliseconds. Default 5,000. */
  readonly ttlMs?: number;
}

/**
 * Routes to every instance that the database knows, whichever process runs them. What was read is remembered until
 * the database says that it changed, and no longer than a few seconds in case it cannot say so.
 *
 * The process that runs an instance also puts its route into the table, so that it is right before the notification
 * comes; with the notification the database is the only truth again.
 */
export function openInstanceRoutes({
  database,
  databaseUrl,
  hosts,
  log,
  ttlMs = 5_000,
}: InstanceRoutesOptions): InstanceRoutes {
  const table = createRouteTable({
    paths: [{ prefix: "/i/", id: INSTANCE_ID }],
    hosts,
    resolve: async ({ by, name }) => {
      const record = by === "path" ? await findInstance(database, name) : null;
      return record ? routeOfRecord(record) : undefined;
    },
    cache: { ttlMs },
  });
  const feed = followInstances({
    url: databaseUrl,
    onError: (error) =>
      log.warn({ err: error }, "no news of changed routes from the database: read anew every few seconds"),
  });
  feed.subscribe((id) => {
    if (id === null) return table.invalidate();
    table.delete(id);
    table.invalidate({ by: "path", name: id });
  });
  return { table, feed, close: () => feed.close() };
}
