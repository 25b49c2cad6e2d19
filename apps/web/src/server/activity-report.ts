import { type Database, recordActivity } from "@automna/control-plane/database";
import type { Proxy } from "@automna/proxy";

export interface ActivityReportOptions {
  readonly database: Database;
  readonly proxy: Pick<Proxy, "activities">;
  readonly onError: (error: unknown) => void;
  /** Default 20,000. */
  readonly everyMs?: number;
}

/**
 * Writes when each gateway was last used, as the router saw it: requests and messages from people count, pings,
 * reconnecting tabs and a gateway's own heartbeats do not. Returns what writes the rest and ends it.
 */
export function reportActivity({
  database,
  proxy,
  onError,
  everyMs = 20_000,
}: ActivityReportOptions): () => Promise<void> {
  const written = new Map<string, number>();

  async function write(): Promise<void> {
    for (const [instanceId, { lastActivityAt }] of proxy.activities()) {
      if (lastActivityAt === undefined || written.get(instanceId) === lastActivityAt) continue;
      await recordActivity(database, instanceId, new Date(lastActivityAt));
      written.set(instanceId, lastActivityAt);
    }
  }

  let writing: Promise<void> = Promise.resolve();
  const report = () => {
    writing = writing.then(write).catch(onError);
    return writing;
  };
  const timer = setInterval(() => void report(), everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return report();
  };
}
