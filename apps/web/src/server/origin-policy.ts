import { isSentByOwnPage, type RequestSource } from "@automna/proxy";
import { isLoopback } from "../loopback.ts";

/** Whose requests the app believes to be its own. */
export interface OriginPolicy {
  /** The app's own origins, the one to show to people first. */
  readonly origins: readonly string[];
  /** True when a `Host` header names this app. Anything else is a rebound DNS name or a misdirected request. */
  allowsHost(host: string | undefined): boolean;
  /** True when an `Origin` header is one of the app's own. */
  allowsOrigin(origin: string): boolean;
  /** False for a request that a page of another origin made a browser send. */
  sentByOwnPage(source: RequestSource): boolean;
  /** The origin that a browser used to reach us, from its (allowed) `Host` header. */
  originOf(host: string | undefined): string;
}

export interface OriginPolicyOptions {
  readonly publicOrigin: string | null;
  /** The port that is really listened on. */
  readonly port: number;
  /** The address that is listened on, as configured. */
  readonly host: string;
}

/** The app's origins: the public one if there is one, and this machine's own names when we listen on loopback. */
export function createOriginPolicy({ publicOrigin, port, host }: OriginPolicyOptions): OriginPolicy {
  const suffix = port === 80 ? "" : `:${port}`;
  const local = ["localhost", "127.0.0.1", "[::1]"].map((name) => `http://${name}${suffix}`);
  const origins = [...(publicOrigin ? [publicOrigin] : []), ...(isLoopback(host) ? local : [])];
  const byHost = new Map(origins.map((origin) => [new URL(origin).host, origin]));
  const [first = `http://${host}${suffix}`] = origins;
  const allowsOrigin = (value: string) => origins.includes(value);
  return {
    origins,
    allowsHost: (value) => value !== undefined && byHost.has(value.toLowerCase()),
    allowsOrigin,
    sentByOwnPage: (source) => isSentByOwnPage(source, allowsOrigin),
    originOf: (value) => byHost.get(value?.toLowerCase() ?? "") ?? first,
  };
}

/** What a browser wants a response for. */
export interface RequestPurpose {
  readonly fetchDestination: string | undefined;
  readonly accept: string | undefined;
}

/** What a chat loads from a gateway: answers to `fetch`, and media. Nothing that could run. */
const PASSIVE_DESTINATIONS: ReadonlySet<string> = new Set(["empty", "image", "audio", "video", "track"]);

/**
 * True when the browser would run what comes back, with the rights of the origin that it came from. An agent can be
 * talked into serving any page, so that none of a gateway's may come from the app's own origin.
 */
export function wantsActiveContent({ fetchDestination, accept }: RequestPurpose): boolean {
  if (fetchDestination !== undefined) return !PASSIVE_DESTINATIONS.has(fetchDestination);
  return accept?.toLowerCase().includes("text/html") ?? false;
}
