export { accessLine } from "./access-log.ts";
export type { AccessRecord, Layer, SocketOpening } from "./access-log.ts";
export type { ActivityEvent, RouteActivity, SocketMessage } from "./activity.ts";
export { createCircuit } from "./circuit.ts";
export type { Circuit, CircuitOptions, CircuitState } from "./circuit.ts";
export type { DrainOptions, DrainResult } from "./drain.ts";
export { describeFailure, prefersHtml, renderFailure } from "./failure.ts";
export type { Failure, FailureCode, RenderedFailure } from "./failure.ts";
export { createProxy } from "./proxy.ts";
export type { OpenExchange, Proxy, ProxyStats } from "./proxy.ts";
export type { ProxyOptions } from "./proxy-options.ts";
export type { DecisionSource } from "./engine-context.ts";
export { FrameScanner, closeFrame } from "./frame-scanner.ts";
export type { MessageListener } from "./frame-scanner.ts";
export { trustedAddresses } from "./forwarded.ts";
export type { TrustPredicate } from "./forwarded.ts";
export { withoutCookies, cookieNames } from "./headers.ts";
export type { CookiePredicate } from "./headers.ts";
export { isFromOwnPage, isSentByOwnPage } from "./page-origin.ts";
export type { RequestSource } from "./page-origin.ts";
export { InvalidTargetError } from "./prepared-route.ts";
export { createResolverCache } from "./resolver-cache.ts";
export type { ResolverCache, ResolverCacheOptions } from "./resolver-cache.ts";
export { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, ORIGIN_WIDE_HEADERS } from "./route.ts";
export type {
  Decision,
  PrefixRewrite,
  Route,
  RouteLimits,
  RouteMatch,
  RouteState,
  RouteTarget,
  RouteTimeouts,
  RouteTls,
} from "./route.ts";
export { createRouteTable, hostName } from "./route-table.ts";
export type {
  HostRule,
  PathRule,
  RequestAddress,
  RouteKey,
  RouteMatcher,
  RouteNames,
  RouteResolver,
  RouteTable,
  RouteTableOptions,
} from "./route-table.ts";
export { hardenServer, hardenedServerOptions } from "./server-hardening.ts";
export type { ServerLimits } from "./server-hardening.ts";
export { createTokenBuckets } from "./token-bucket.ts";
export type { BucketRate, RateLimitOptions, TokenBuckets } from "./token-bucket.ts";
