import { createProxy, type Proxy } from "@automna/proxy";
import type { Config } from "../config.ts";
import { createSessionLog } from "../remote-sessions/session-log.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { OWN_COOKIES } from "./own-cookies.ts";

/** The proxy with the app's limits, its log and its metrics. */
export function startProxy(config: Config, { logger, access }: Log, metrics: Metrics): Proxy {
  const { rates, trustedProxies, instanceConnections } = config;
  const sessions = createSessionLog(logger);
  const proxy = createProxy({
    ownCookies: ["__session*", "__client*", "__clerk*", ...OWN_COOKIES],
    trustedProxies,
    limits: { maxConnections: instanceConnections },
    rateLimits: {
      ...(rates.client ? { perClient: rates.client } : {}),
      ...(rates.clientSockets ? { upgradesPerClient: rates.clientSockets } : {}),
      ...(rates.instance ? { perRoute: rates.instance } : {}),
    },
    onAccess(record) {
      metrics.access(record);
      access?.write(record);
      sessions.ended(record);
    },
    onSocketOpen: sessions.opened,
    ...(sessions.message ? { onMessage: sessions.message } : {}),
    onError: (error, context) => logger.error({ err: error, ...context }, "proxy"),
  });
  metrics.watchProxy(() => proxy.stats());
  return proxy;
}
