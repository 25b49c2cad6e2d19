import { cookieName } from "./headers.ts";
import type { CookiePredicate, ResponseHeaderEdit } from "./headers.ts";
import type { Route } from "./route.ts";

/** Where an answer comes from and where it goes, for the headers that name places. */
export interface RewriteScope {
  /** `/i/abc`, or empty for routes without a prefix. */
  readonly prefix: string;
  /** `http://127.0.0.1:19000`. */
  readonly targetOrigin: string;
  /** Taken off the front of the upstream's own paths, where the target has one. */
  readonly basePath: string;
  /** The host the client asked for. */
  readonly clientHost: string;
}

/**
 * What has to be changed in the headers of an answer, or `undefined` if nothing ever has to be: then the headers are
 * copied without a look.
 */
export function responseHeaderEdit(
  route: Route,
  scope: RewriteScope,
  ownCookies: CookiePredicate,
): ResponseHeaderEdit | undefined {
  const places = route.rewrite?.headers === true && route.prefix !== "keep" && scope.prefix !== "";
  const cookies = route.responseCookies ?? (scope.prefix === "" ? "pass" : "confine");
  return (name, value) => {
    switch (name) {
      case "set-cookie":
        if (cookies === "drop" || ownCookies(cookieName(firstPair(value)))) return undefined;
        return cookies === "confine" ? confineCookie(value, scope, places) : value;
      case "location":
      case "content-location":
        return places ? rewriteReference(value, scope) : value;
      case "refresh":
        return places ? rewriteRefresh(value, scope) : value;
      default:
        return value;
    }
  };
}

/**
 * A URL reference of an upstream that does not know its prefix, as the client must see it. Relative references and
 * those to other servers stay.
 */
function rewriteReference(reference: string, scope: RewriteScope): string {
  const { prefix, targetOrigin, clientHost } = scope;
  if (reference.startsWith("/") && !reference.startsWith("//")) return prefixed(reference, scope);
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/s.exec(reference);
  if (!parts) return reference;
  const [, scheme = "", authority = "", path = ""] = parts;
  const host = authority.toLowerCase();
  const target = new URL(targetOrigin);
  if (host === target.host && (scheme === "" || scheme.toLowerCase() === target.protocol)) {
    return prefixed(path.startsWith("/") ? path : `/${path}`, scope);
  }
  if (host === clientHost.toLowerCase() && prefix !== "") {
    return `${scheme}//${authority}${prefixed(path.startsWith("/") ? path : `/${path}`, scope)}`;
  }
  return reference;
}

function prefixed(path: string, { prefix, basePath }: RewriteScope): string {
  if (isBelow(path, prefix)) return path;
  return prefix + (basePath !== "" && isBelow(path, basePath) ? path.slice(basePath.length) || "/" : path);
}

/** `true` for the prefix itself and for what lies below it, not for `/i/abcd` under `/i/abc`. */
function isBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === undefined || next === "/" || next === "?" || next === "#";
}

/** `5; url=/x`, with or without quotes. */
function rewriteRefresh(refresh: string, scope: RewriteScope): string {
  return refresh.replace(
    /^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?)(["']?)(.*?)(\2\s*)$/is,
    (_whole, head: string, quote: string, url: string, tail: string) =>
      head + quote + rewriteReference(url, scope) + tail,
  );
}

/**
 * Keeps a cookie below the prefix: no `Domain`, and a `Path` that cannot name a neighbour. Without a `Path` a browser
 * takes the folder of the request, which lies below the prefix already.
 */
function confineCookie(cookie: string, scope: RewriteScope, addPrefix: boolean): string {
  if (scope.prefix === "") return cookie.replace(/;\s*domain\s*=[^;]*/gi, "");
  const [pair = "", ...attributes] = cookie.split(";");
  const kept = [pair];
  for (const attribute of attributes) {
    const name = cookieName(attribute).toLowerCase();
    if (name === "domain") continue;
    if (name !== "path") {
      kept.push(attribute);
      continue;
    }
    const equals = attribute.indexOf("=");
    const path = equals === -1 ? "" : attribute.slice(equals + 1).trim();
    kept.push(` Path=${confinedPath(path, scope, addPrefix)}`);
  }
  return kept.join(";");
}

function confinedPath(path: string, scope: RewriteScope, addPrefix: boolean): string {
  if (!path.startsWith("/") || /["\\]|\.\./.test(path)) return `${scope.prefix}/`;
  if (isBelow(path, scope.prefix)) return path;
  return addPrefix ? prefixed(path, scope) : `${scope.prefix}/`;
}

function firstPair(cookie: string): string {
  const end = cookie.indexOf(";");
  return end === -1 ? cookie : cookie.slice(0, end);
}
