import { createResolverCache } from "./resolver-cache.ts";
import type { ResolverCacheOptions } from "./resolver-cache.ts";
import type { Route } from "./route.ts";

/** Routes by id under a path: with prefix `/i/`, `/i/abc/x?y` names route `abc`. */
export interface PathRule {
  /** Starts and ends with a slash. */
  readonly prefix: string;
  /** What an id looks like. Must match the whole segment; ids are compared byte for byte, never decoded. */
  readonly id: RegExp;
}

/** Routes by the first label of the host: with domain `example.com`, `u-abc.example.com` names `u-abc`. */
export interface HostRule {
  readonly domain: string;
  /** What a label looks like. Matched against the lower-cased label. */
  readonly label: RegExp;
}

/** What is known of a request before any route is looked up. */
export interface RequestAddress {
  /** The raw request target, `req.url`. */
  readonly url: string;
  /** The `Host` header, port and all. */
  readonly host: string | undefined;
}

/** Which route a request asks for. Syntax only: the route may not exist. */
export interface RouteKey {
  readonly by: "path" | "host" | "custom";
  /** The id or label. Path ids, host labels and custom keys are three spaces that never mix. */
  readonly name: string;
  readonly prefix: string;
  readonly rest: string;
}

/** Finds a key where neither a path nor a host rule did. */
export type RouteMatcher = (address: RequestAddress) => Omit<RouteKey, "by"> | undefined;

/** Asks elsewhere, such as a database, for a route that is not in the table. */
export type RouteResolver = (key: Pick<RouteKey, "by" | "name">) => Promise<Route | undefined>;

export interface RouteTableOptions {
  readonly paths?: readonly PathRule[];
  readonly hosts?: readonly HostRule[];
  readonly matchers?: readonly RouteMatcher[];
  readonly resolve?: RouteResolver;
  /** How long, and how many of, the resolver's answers are remembered. */
  readonly cache?: ResolverCacheOptions;
}

/** The names a route in the table answers to. */
export interface RouteNames {
  /** Id in paths. Default: the route's own id. `null`: reachable by no path. */
  readonly path?: string | null;
  /** Labels under the host rules' domains. */
  readonly hosts?: readonly string[];
  /** Names that custom matchers return. */
  readonly custom?: readonly string[];
}

export interface RouteTable {
  /** Adds a route, or replaces the one with the same id, names included. */
  set(route: Route, names?: RouteNames): void;
  /** Removes a route and its names. `false` if there was none. */
  delete(id: string): boolean;
  get(id: string): Route | undefined;
  readonly size: number;
  /** All routes of the table, resolved ones not included. */
  values(): IterableIterator<Route>;
  /** Which route a request asks for; `undefined` if it is nobody's. Paths win over hosts, hosts over matchers. */
  identify(address: RequestAddress): RouteKey | undefined;
  /** The route behind a key: at once when it is known, else by the resolver. */
  lookup(key: Pick<RouteKey, "by" | "name">): Route | undefined | Promise<Route | undefined>;
  /** Forgets what the resolver said, about one name or about everything. A look-up under way is not stored either. */
  invalidate(key?: Pick<RouteKey, "by" | "name">): void;
}

/**
 * A table of routes by path, host and custom name. Look-ups are a `Map` access: as fast with 100,000 routes as with
 * ten, and safe for names such as `constructor`.
 *
 * @example
 * ```ts
 * const table = createRouteTable({ paths: [{ prefix: "/i/", id: /^[0-9a-f]{24}$/ }] });
 * table.set({ id: "0123456789abcdef01234567", target: { origin: "http://127.0.0.1:19000" }, state: { status: "ready" } });
 * const key = table.identify({ url: "/i/0123456789abcdef01234567/ws", host: "localhost" });
 * const route = key && (await table.lookup(key));
 * ```
 */
export function createRouteTable(options: RouteTableOptions = {}): RouteTable {
  const routes = new Map<string, { route: Route; keys: string[] }>();
  const byName = new Map<string, Route>();
  const { resolve } = options;
  const cache = resolve && createResolverCache(resolve, options.cache);

  function remove(id: string): boolean {
    const entry = routes.get(id);
    if (!entry) return false;
    for (const key of entry.keys) if (byName.get(key) === entry.route) byName.delete(key);
    return routes.delete(id);
  }

  return {
    set(route, names = {}) {
      remove(route.id);
      const keys = namesToKeys(route.id, names);
      routes.set(route.id, { route, keys });
      for (const key of keys) byName.set(key, route);
    },
    delete: remove,
    get: (id) => routes.get(id)?.route,
    get size() {
      return routes.size;
    },
    *values() {
      for (const { route } of routes.values()) yield route;
    },
    identify: (address) => identify(options, address),
    lookup(key) {
      return byName.get(nameKey(key)) ?? cache?.get(nameKey(key), key);
    },
    invalidate(key) {
      cache?.invalidate(key && nameKey(key));
    },
  };
}

function nameKey({ by, name }: Pick<RouteKey, "by" | "name">): string {
  return `${by}:${name}`;
}

function namesToKeys(id: string, names: RouteNames): string[] {
  const keys = (names.hosts ?? []).map((name) => nameKey({ by: "host", name: name.toLowerCase() }));
  for (const name of names.custom ?? []) keys.push(nameKey({ by: "custom", name }));
  if (names.path !== null) keys.push(nameKey({ by: "path", name: names.path ?? id }));
  return keys;
}

function identify(options: RouteTableOptions, address: RequestAddress): RouteKey | undefined {
  for (const rule of options.paths ?? []) {
    const key = identifyByPath(rule, address.url);
    if (key) return key;
  }
  if (address.host !== undefined && options.hosts?.length) {
    const host = hostName(address.host);
    for (const rule of options.hosts) {
      const key = identifyByHost(rule, host, address.url);
      if (key) return key;
    }
  }
  for (const matcher of options.matchers ?? []) {
    const key = matcher(address);
    if (key) return { by: "custom", ...key };
  }
  return undefined;
}

function identifyByPath({ prefix, id }: PathRule, url: string): RouteKey | undefined {
  if (!url.startsWith(prefix)) return undefined;
  let end = prefix.length;
  while (end < url.length && url[end] !== "/" && url[end] !== "?") end += 1;
  const name = url.slice(prefix.length, end);
  if (!matchesWhole(id, name)) return undefined;
  return { by: "path", name, prefix: url.slice(0, end), rest: url.slice(end) };
}

function identifyByHost({ domain, label }: HostRule, host: string, url: string): RouteKey | undefined {
  const suffix = `.${domain.toLowerCase()}`;
  if (!host.endsWith(suffix)) return undefined;
  const name = host.slice(0, -suffix.length);
  if (!matchesWhole(label, name)) return undefined;
  return { by: "host", name, prefix: "", rest: url };
}

function matchesWhole(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.exec(text)?.[0] === text && text !== "";
}

/** The host name of a `Host` header: lower case, without port and without the trailing dot of a rooted name. */
export function hostName(host: string): string {
  const bare = host.startsWith("[") ? host.slice(0, host.indexOf("]") + 1) : host.replace(/:\d*$/, "");
  return bare.replace(/\.$/, "").toLowerCase();
}
