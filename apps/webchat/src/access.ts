import type { IncomingMessage } from "node:http";

import { hostName, isFromOwnPage } from "@automna/proxy";

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What a browser opens on this machine; the port may be a tunnel's. */
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const FOREIGN_HOST: Refusal = {
  status: 403,
  code: "foreign-host",
  message: "This web chat answers to localhost, 127.0.0.1 and [::1] only. Open one of those.",
};

const FOREIGN_ORIGIN: Refusal = {
  status: 403,
  code: "foreign-origin",
  message: "Pages of another origin may not use this web chat. Open its own address.",
};

/** The `Host` of a request in lower case, if it names this machine's loopback; a rebound DNS name does not. */
export function loopbackHost(host: string | undefined): string | null {
  const value = host?.toLowerCase() ?? "";
  if (!/^(?:[a-z0-9.-]+|\[::1\])(?::\d{1,5})?$/.test(value)) return null;
  return LOOPBACK_NAMES.has(hostName(value)) ? value : null;
}

/** Refuses what comes under a foreign name, or from a page of another origin. Comes before everything else. */
export function refuseForeign(req: Pick<IncomingMessage, "headers" | "method">): Refusal | null {
  const host = loopbackHost(req.headers.host);
  if (host === null) return FOREIGN_HOST;
  return isFromOwnPage(req, (origin) => origin === `http://${host}`) ? null : FOREIGN_ORIGIN;
}
