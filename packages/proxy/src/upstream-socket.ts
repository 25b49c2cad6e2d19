import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";

import { tlsOptions } from "./prepared-route.ts";
import type { PreparedRoute } from "./prepared-route.ts";

/** A connection to a route's target that is nobody else's. */
export function openUpstreamSocket({ route, secure, hostname, port }: PreparedRoute): Socket {
  const address = { host: hostname, port, autoSelectFamily: true, noDelay: true };
  if (!secure) return connectTcp(address);
  const tls = tlsOptions(route.target.tls);
  const serverName = tls.servername ?? (isIP(hostname) === 0 ? hostname : undefined);
  return connectTls({
    ...address,
    ...tls,
    ALPNProtocols: ["http/1.1"],
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
