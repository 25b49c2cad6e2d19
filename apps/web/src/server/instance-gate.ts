import type { KeyRing } from "@automna/control-plane";
import {
  type Database,
  endSession,
  findInstanceAccess,
  isSessionEnded,
  issueLaunchTicket,
  listEndedSessions,
  redeemLaunchTicket,
} from "@automna/control-plane/database";
import type { Proxy, RouteTable } from "@automna/proxy";
import type { IdentityConfig } from "../identity-variables.ts";
import type { RateLimit } from "./api/rate-limit.ts";
import { createAccessFacts } from "./access-facts.ts";
import { type AccessNews, type AccessNewsItem, listenForAccessNews } from "./access-news.ts";
import { createAccessRevocation, openSessions } from "./access-revocation.ts";
import type { EventStreams } from "./event-streams.ts";
import { createSessionCheck, type Identify, identifyUntilOver, type SessionCheck } from "./identify.ts";
import { createInstanceAccess, type InstanceAccess } from "./instance-access.ts";
import type { InstanceOrigins } from "./instance-origins.ts";
import { createLaunches, type Launches } from "./launches.ts";
import type { Logger } from "./log.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { createSessionWatch, SESSION_SEEN_MS } from "./session-watch.ts";
import { createSignOuts, type SignOuts } from "./sign-outs.ts";
import { createVerdicts } from "./verdicts.ts";

/** Everything that decides who gets to which gateway, in one process of perhaps many. */
export interface InstanceGate {
  readonly access: InstanceAccess;
  readonly launches: Launches;
  readonly signOuts: SignOuts;
  /** Who asks, for everything that this process serves: a sign-in that is known to be over is nobody's. */
  readonly identify: Identify;
  close(): Promise<void>;
}

export interface InstanceGateOptions {
  readonly database: Database;
  /** Connection string of the same database. */
  readonly databaseUrl: string;
  readonly keyRing: KeyRing;
  readonly routes: RouteTable;
  readonly proxy: Pick<Proxy, "revoke" | "exchanges">;
  /** What else is open by a sign-in. */
  readonly streams: EventStreams;
  readonly identity: IdentityConfig;
  /** By the session that a request carries alone. */
  readonly identify: Identify;
  readonly policy: OriginPolicy;
  readonly origins: InstanceOrigins;
  readonly log: Logger;
  readonly rateLimit: Pick<RateLimit, "take">;
  /** Default: asks Clerk, where there is Clerk. */
  readonly isSessionActive?: SessionCheck;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Does something again and again until it is ended. Default `setInterval`. */
  readonly repeat?: (task: () => void, everyMs: number) => () => void;
}

/** The process may end meanwhile. */
function repeatUnnoticed(task: () => void, everyMs: number): () => void {
  const timer = setInterval(task, everyMs).unref();
  return () => clearInterval(timer);
}

export async function openInstanceGate(options: InstanceGateOptions): Promise<InstanceGate> {
  const { database, keyRing, routes, policy, origins, log, now = Date.now } = options;
  const { proxy, streams, identity, rateLimit, repeat = repeatUnnoticed } = options;
  const onError = (error: unknown) =>
    log.error({ err: error }, "who may use a gateway could not be looked up");
  let news: AccessNews | null = null;
  const isLive = () => news?.isLive() ?? false;
  const facts = createAccessFacts({
    source: {
      findById: (id) => findInstanceAccess(database, { id }),
      findBySubdomain: (subdomain) => findInstanceAccess(database, { subdomain }),
      listEndedSessions: () => listEndedSessions(database),
      isSessionEnded: (sessionId) => isSessionEnded(database, sessionId),
    },
    isLive,
    onError,
  });
  const identify = identifyUntilOver(options.identify, (sessionId) => facts.isSessionOver(sessionId));
  const revocation = createAccessRevocation({ proxy, streams, facts, isLive, onError });
  const onNews = (item: AccessNewsItem) => {
    facts.hear(item);
    revocation.hear(item);
  };
  news = await listenForAccessNews({
    url: options.databaseUrl,
    onNews,
    onLost: (error) =>
      log.warn({ err: error }, "changes of access are not heard; the database is asked instead"),
  });
  // What was told before there was anybody to believe it.
  onNews({ kind: "gap" });
  const launches = createLaunches({
    facts,
    origins,
    issue: (grant) => issueLaunchTicket(database, grant),
    redeem: (ticket, instanceId) => redeemLaunchTicket(database, ticket, instanceId),
    rateLimit,
  });
  const signOuts = createSignOuts({
    identity: identity.kind,
    keyRing,
    async end(sessionId) {
      await endSession(database, sessionId);
      // The others are told by the database; here it holds from now on.
      onNews({ kind: "session", id: sessionId });
    },
  });
  const watch = createSessionWatch({
    isSessionActive: options.isSessionActive ?? createSessionCheck(identity),
    openSessions: () => openSessions({ proxy, streams }),
    end: (sessionId) => signOuts.end(sessionId),
    onError: (error) => log.warn({ err: error }, "whether people are still signed in is not known"),
    now,
  });
  // The one local user neither signs in nor out.
  const stopWatching =
    identity.kind === "clerk" ? repeat(() => void watch.lookAround(), SESSION_SEEN_MS) : () => undefined;
  const verdicts = createVerdicts("automna_verdict", keyRing, now);
  const visits = createVerdicts("automna_visit", keyRing, now);
  const access = createInstanceAccess(
    { routes, identify, watch, policy, facts, launches, verdicts, visits, signOuts, now },
    onError,
  );
  return {
    access,
    launches,
    signOuts,
    identify,
    close() {
      stopWatching();
      return news.close();
    },
  };
}
