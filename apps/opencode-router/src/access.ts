import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

import { hostName, isFromOwnPage, trustedAddresses } from "@automna/proxy";

import { slugify } from "./slug.ts";

/** Whether a request may go on. */
export type Access =
  | { readonly kind: "allowed" }
  | {
      readonly kind: "refused";
      readonly status: 401 | 403;
      readonly code: "foreign-host" | "foreign-origin" | "token-required";
      readonly message: string;
    };

export interface AccessPolicy {
  readonly username: string;
  /** Names of this machine, besides `localhost`. */
  readonly machineNames: readonly string[];
  readonly publicUrl: string | undefined;
  readonly token: string;
  readonly insecureLan: boolean;
}

export interface AccessCheck {
  (req: IncomingMessage): Access;
  /** `true` if the request carries this router's token as a bearer. An upstream must not see it. */
  readonly hasBearer: (req: IncomingMessage) => boolean;
  readonly isToken: (text: string) => boolean;
  /** The cookie that stands for the token in a browser. */
  readonly cookie: { readonly name: string; readonly value: string };
  /** The host a caller used, if it is one of ours. */
  readonly validHost: (host: string | undefined) => string | undefined;
}

const isLoopback = trustedAddresses(["127.0.0.0/8", "::1"]);
const COOKIE = "opencode_router";

/**
 * Who may use this router. In front of it are servers that run code for whoever asks, so on this machine a browser
 * must come from one of our own pages (DNS rebinding and foreign pages are refused), and other machines need a token.
 */
export function createAccessCheck(policy: AccessPolicy): AccessCheck {
  const publicHost = policy.publicUrl === undefined ? undefined : new URL(policy.publicUrl).host;
  const names = new Set(["localhost", ...policy.machineNames.map((name) => name.toLowerCase())]);
  if (publicHost !== undefined) names.add(hostName(publicHost));
  const suffix = `-${slugify(policy.username)}.local`;
  const cookie = { name: COOKIE, value: digest(`cookie ${policy.token}`).toString("base64url") };
  const isToken = (text: string): boolean => same(text, policy.token);

  function validHost(host: string | undefined): string | undefined {
    if (host === undefined || !/^[a-z0-9.:[\]-]+$/i.test(host)) return undefined;
    const name = hostName(host);
    const address = name.replace(/^\[|\]$/g, "");
    return names.has(name) || isIP(address) > 0 || name.endsWith(suffix) ? host : undefined;
  }

  function hasBearer(req: IncomingMessage): boolean {
    const [scheme = "", value = ""] = (req.headers.authorization ?? "").split(" ");
    return scheme.toLowerCase() === "bearer" && isToken(value);
  }

  function carriesToken(req: IncomingMessage): boolean {
    return (
      hasBearer(req) || cookiesOf(req).some(([name, value]) => name === COOKIE && same(value, cookie.value))
    );
  }

  /** Directly from this machine. What a reverse proxy on it passes on comes from anywhere. */
  function isLocal(req: IncomingMessage): boolean {
    const { headers } = req;
    const passedOn = headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined;
    return isLoopback(req.socket.remoteAddress ?? "") && !passedOn && headers.host !== publicHost;
  }

  const check = (req: IncomingMessage): Access => {
    if (validHost(req.headers.host) === undefined) return FOREIGN_HOST;
    const isOwn = (origin: string): boolean => isOwnOrigin(origin, req.headers.host, policy.publicUrl);
    if (!isFromOwnPage(req, isOwn)) return FOREIGN_ORIGIN;
    if (policy.insecureLan || isLocal(req) || carriesToken(req)) return { kind: "allowed" };
    return TOKEN_REQUIRED;
  };
  return Object.assign(check, { hasBearer, isToken, cookie, validHost });
}

const FOREIGN_HOST: Access = {
  kind: "refused",
  status: 403,
  code: "foreign-host",
  message:
    "This host name is not one of this router's. Use localhost or an address, or start the router with --public-url.",
};

const FOREIGN_ORIGIN: Access = {
  kind: "refused",
  status: 403,
  code: "foreign-origin",
  message: "Pages of another origin may not use this router. Open the address itself.",
};

const TOKEN_REQUIRED: Access = {
  kind: "refused",
  status: 401,
  code: "token-required",
  message:
    "From another machine this router needs its token: send Authorization: Bearer <token>. It is printed at the start.",
};

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  return origin === publicUrl || (URL.canParse(origin) && new URL(origin).host === normalHost(host));
}

/** As a URL prints it: lower case, without the port that HTTP has anyway. */
function normalHost(host = ""): string | undefined {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : undefined;
}

function cookiesOf(req: IncomingMessage): [name: string, value: string][] {
  return (req.headers.cookie ?? "").split(";").map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
