/** Options for TLS towards an upstream. Certificates are verified unless the route says otherwise. */
export interface RouteTls {
  /** Verify the upstream's certificate. Default `true`; `false` is an explicit, per-route opt-out. */
  readonly verify?: boolean;
  /** PEM of the certificate authorities to trust instead of the system's. */
  readonly ca?: string | readonly string[];
  /** Name sent as SNI and checked against the certificate. Default: the target's host name. */
  readonly serverName?: string;
  /** PEM of a client certificate, for upstreams that ask for one. */
  readonly cert?: string;
  /** PEM of the client certificate's key. */
  readonly key?: string;
}

/** Where a route's bytes go. */
export interface RouteTarget {
  /** `http://host:port` or `https://host:port`, without path, query or credentials. */
  readonly origin: string;
  /** Put before every forwarded path, such as `/base`. With one, dot segments in a request's path are refused. */
  readonly basePath?: string;
  /** Only read for `https:` origins. */
  readonly tls?: RouteTls;
}

/** What a route can do at this moment. Everything but `ready` is answered by the proxy itself. */
export type RouteState =
  | { readonly status: "ready" }
  | {
      readonly status: "starting" | "stopped" | "error";
      /** Sent as `Retry-After`, rounded up to seconds. Default 2,000 for `starting`, 10,000 otherwise. */
      readonly retryAfterMs?: number;
      /** One sentence for the person who waits. No secrets: it is shown. */
      readonly message?: string;
    };

/** How a path prefix is taken out of the sight of an upstream that does not know it. */
export interface PrefixRewrite {
  /** Rewrites `Location`, `Content-Location`, `Refresh` and the `Path` of `Set-Cookie`. */
  readonly headers: boolean;
  /** Writes `<base href="{prefix}/">` into HTML documents, also gzip, deflate, br and zstd encoded ones. */
  readonly htmlBase?: boolean;
}

/** Limits of time, all in milliseconds. `0` turns a limit off. */
export interface RouteTimeouts {
  /** Time to a connected (and for TLS, secured) upstream socket. Default 10,000. */
  readonly connectMs: number;
  /** Time from the request being sent to the first byte of its answer, or to the 101. Default 30,000. */
  readonly firstByteMs: number;
  /** Longest silence inside a response body. Default 0: a stream may be quiet for as long as it likes. */
  readonly responseIdleMs: number;
  /** Longest silence of a client that owes a request body. Default 30,000. */
  readonly requestIdleMs: number;
  /** Longest silence, in both directions, of a WebSocket. Pings count as life. Default 0. */
  readonly socketIdleMs: number;
}

/** Limits of number and size. */
export interface RouteLimits {
  /** Requests and WebSockets of one route at a time. Default 1,024. */
  readonly maxConnections: number;
  /** Longest request target in bytes. Default 8,192. */
  readonly maxUrlBytes: number;
  /** Slowest body, in bytes a second on average, that is still accepted after ten seconds. Default 64. */
  readonly minBodyBytesPerSecond: number;
}

/** Everything the engine needs to know to forward to one upstream. */
export interface Route {
  /** The one name of this route: in logs, limits, activity and statistics. */
  readonly id: string;
  readonly target: RouteTarget;
  readonly state: RouteState;
  /** `strip` (default) forwards what follows the prefix, `keep` the path as it came. */
  readonly prefix?: "strip" | "keep";
  /** Nothing is rewritten unless asked: an upstream that knows its own base path pays nothing. */
  readonly rewrite?: PrefixRewrite;
  /**
   * `standard` (default) writes `X-Forwarded-*` and `Forwarded`. `none` writes neither, for upstreams that refuse
   * requests with them. What the client sent is dropped either way unless it is a trusted proxy.
   */
  readonly forwarded?: "standard" | "none";
  /**
   * The address that stands for a client on this machine in `X-Forwarded-For` and `Forwarded`, for upstreams that take
   * a loopback address there for a forgery. Default: its own.
   */
  readonly loopbackClientAs?: string;
  /** `target` (default) sends the upstream's own `Host`, `client` the one the client asked for. */
  readonly hostHeader?: "target" | "client";
  /** Set on every request, replacing what the client sent under these names. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Never taken from a client, such as the names of identity headers. Lower case. */
  readonly dropRequestHeaders?: readonly string[];
  /** Never given to a client. Lower case. */
  readonly dropResponseHeaders?: readonly string[];
  /** Added to every answer of the upstream, beside its own of the same name. A `101` gets none of them. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Forward the client's `Authorization`. Default `false`. */
  readonly keepAuthorization?: boolean;
  /**
   * What may become of `Set-Cookie`. `confine` (default where a prefix is) drops `Domain` and keeps `Path` below the
   * prefix, `pass` (default elsewhere) changes nothing, `drop` removes them. The names in
   * {@link ProxyOptions.ownCookies} can be set by no upstream.
   */
  readonly responseCookies?: "confine" | "pass" | "drop";
  readonly timeouts?: Partial<RouteTimeouts>;
  readonly limits?: Partial<RouteLimits>;
  /** Passed on to hooks, never read. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A request that found its route. */
export interface RouteMatch {
  readonly route: Route;
  /** The part of the path that named the route, without a trailing slash: `/i/abc`. Empty for host routes. */
  readonly prefix: string;
  /** What follows, byte for byte, query included: `/ws?x=1`, `?x=1` or nothing. */
  readonly rest: string;
}

/**
 * What the owner of the server decided about a request, before a byte reaches an upstream.
 *
 * A refusal with a `body` is answered with exactly that (a string as text, anything else as JSON); without one the
 * proxy writes its usual problem document.
 */
export type Decision =
  | ({
      readonly kind: "forward";
      /** Set on this request only, over {@link Route.requestHeaders}. */
      readonly requestHeaders?: Readonly<Record<string, string>>;
      /** Added to the upstream's answer to this request, also to a `101`, beside its own of the same name. */
      readonly responseHeaders?: Readonly<Record<string, string>>;
      /** By whose right it is forwarded; {@link Proxy.revoke} ends what has lost that right. */
      readonly grant?: string;
    } & RouteMatch)
  | {
      readonly kind: "refuse";
      readonly status: number;
      /** A stable word for logs and for the problem document. Default `refused`. */
      readonly code?: string;
      readonly message?: string;
      readonly routeId?: string;
      readonly retryAfterMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

/**
 * Answer headers that speak for a whole origin. A route that shares its origin with others, such as one under a path
 * of the app, should have them in {@link Route.dropResponseHeaders}. `Alt-Svc` is dropped from every route.
 */
export const ORIGIN_WIDE_HEADERS: readonly string[] = [
  "clear-site-data",
  "nel",
  "origin-agent-cluster",
  "public-key-pins",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "strict-transport-security",
];

export const DEFAULT_TIMEOUTS: RouteTimeouts = {
  connectMs: 10_000,
  firstByteMs: 30_000,
  responseIdleMs: 0,
  requestIdleMs: 30_000,
  socketIdleMs: 0,
};

export const DEFAULT_LIMITS: RouteLimits = {
  maxConnections: 1_024,
  maxUrlBytes: 8_192,
  minBodyBytesPerSecond: 64,
};
