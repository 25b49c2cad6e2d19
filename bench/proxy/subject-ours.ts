/**
 * The app's router as it runs in production, in a process of its own: its dispatcher, its verdicts (signed, bound to the
 * person's session), its rate limits, its access log into a file and its metrics. Only who owns what is not asked of a
 * database. Arguments: the upstream's origin, how many routes, the file of the access log.
 */
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { readConfig } from "../../apps/web/src/config.ts";
import { createAccessFacts } from "../../apps/web/src/server/access-facts.ts";
import { createDispatcher } from "../../apps/web/src/server/dispatcher.ts";
import { createInstanceAccess, type AccessRules } from "../../apps/web/src/server/instance-access.ts";
import { INSTANCE_ID } from "../../apps/web/src/server/instance-id.ts";
import { createInstanceOrigins } from "../../apps/web/src/server/instance-origins.ts";
import { createLog } from "../../apps/web/src/server/log.ts";
import { createMetrics } from "../../apps/web/src/server/metrics.ts";
import { NO_PAGES } from "../../apps/web/src/server/no-pages.ts";
import { createOriginPolicy } from "../../apps/web/src/server/origin-policy.ts";
import { createSignOuts } from "../../apps/web/src/server/sign-outs.ts";
import { startProxy } from "../../apps/web/src/server/start-proxy.ts";
import { credentialBinding } from "../../apps/web/src/server/verdict.ts";
import { createVerdicts } from "../../apps/web/src/server/verdicts.ts";
import { parseKeyRing } from "../../packages/control-plane/src/index.ts";
import { createRouteTable, hardenServer, hardenedServerOptions } from "../../packages/proxy/src/index.ts";

const [origin = "", routeCount = "10", logFile = "/dev/null"] = process.argv.slice(2);
/** What the load asks for, and by which name. */
const VISITED = "000000000000000000000001";
const APP = "http://127.0.0.1";
const A_DAY_MS = 86_400_000;

const keyRing = parseKeyRing(`bench:${Buffer.alloc(32, 7).toString("base64")}`);
const routes = createRouteTable({ paths: [{ prefix: "/i/", id: INSTANCE_ID }] });
for (let index = 0; index < Number(routeCount); index += 1) {
  const id = index.toString(16).padStart(24, "0");
  routes.set({ id, target: { origin }, state: { status: "ready" } });
}

const unlimited = "999999:999999";
const config = readConfig(
  {
    CLIENT_RATE: unlimited,
    CLIENT_SOCKET_RATE: unlimited,
    INSTANCE_RATE: unlimited,
    INSTANCE_CONNECTIONS: "20000",
  },
  "/",
);
const file = createWriteStream(logFile, { flags: "a", highWaterMark: 1_048_576 });
const log = createLog("info", { write: (text: string) => void file.write(text, "latin1") });
const metrics = createMetrics();
const proxy = startProxy(config, log, metrics);

const policy = createOriginPolicy({ publicOrigin: APP, host: "127.0.0.1", port: 80 });
const facts = createAccessFacts({
  source: {
    findById: (id) =>
      Promise.resolve({ id, subdomain: "u-aaaaaaaaaa", clerkId: "user_1", generation: "generation-1" }),
    findBySubdomain: () => Promise.resolve(null),
    listEndedSessions: () => Promise.resolve([]),
    isSessionEnded: () => Promise.resolve(false),
  },
  isLive: () => true,
  onError: (error) => {
    throw error;
  },
});
facts.hear({ kind: "gap" });

const unasked = (): never => {
  throw new Error("The benchmark's requests carry a verdict: nothing else is asked.");
};
const verdicts = createVerdicts("automna_verdict", keyRing, Date.now);
const rules: AccessRules = {
  routes,
  identify: unasked,
  watch: { seen: unasked },
  policy,
  facts,
  launches: { possible: false, launch: unasked, redeem: unasked },
  verdicts,
  visits: createVerdicts("automna_visit", keyRing, Date.now),
  signOuts: createSignOuts({ identity: "local", keyRing, end: () => Promise.resolve() }),
  now: Date.now,
};

const session = `__session=${"s".repeat(700)}`;
const given = verdicts.give(
  { origin: APP, subdomain: null },
  { id: VISITED, subdomain: "u-aaaaaaaaaa", clerkId: "user_1", generation: "generation-1" },
  {
    sessionId: "sess_1",
    binding: credentialBinding({ cookie: session }),
    until: Date.now() + A_DAY_MS,
  },
);
/** What a browser sends: its session, as long as Clerk's, and the verdict. */
const cookie = `${session}; ${given.split(";")[0] ?? ""}`;

const dispatcher = createDispatcher({
  pages: NO_PAGES,
  proxy,
  access: createInstanceAccess(rules, unasked),
  remote: { claims: () => false, decide: unasked },
  policy,
  instanceOrigins: createInstanceOrigins({ config: { kind: "none" }, appOrigin: APP, port: null }),
  signOuts: rules.signOuts,
  security: { production: true, secure: false, clerk: null },
  onError: unasked,
});
const server = createServer(hardenedServerOptions());
server.on("request", dispatcher.handleRequest);
server.on("upgrade", dispatcher.handleUpgrade);
hardenServer(server);
server.listen(0, "127.0.0.1", 2_048, () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, cookie });
});
process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.on("disconnect", () => process.exit(0));
