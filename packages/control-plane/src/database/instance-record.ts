import type { Instance as InstanceRow, User as UserRow } from "../generated/prisma/client.ts";
import type { DesiredState, GatewayProduct, InstanceTarget, ObservedState } from "../instance.ts";

/** What the database knows of one gateway. The token is there only in sealed form. */
export interface InstanceRecord {
  /** 24 lower-case hex characters. */
  readonly id: string;
  readonly ownerId: string;
  readonly driver: InstanceRow["driver"];
  readonly product: GatewayProduct;
  readonly image: string | null;
  /** A DNS label. */
  readonly subdomain: string;
  readonly desired: DesiredState["status"];
  readonly observed: ObservedState["status"];
  /** Where the router reaches it; `null` while it has no address. */
  readonly target: InstanceTarget | null;
  readonly sealedToken: string;
  readonly tokenHash: string;
  readonly lastActivityAt: Date | null;
  /** Why it does not run, with the next step; `null` when nothing is wrong. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function toInstanceRecord(row: InstanceRow): InstanceRecord {
  const { desiredState, observedState, target, basePath, errorCode, errorMessage, ...same } = row;
  return {
    ...same,
    desired: desiredState,
    observed: observedState,
    target: target === null ? null : parseTarget(target, basePath, row.driver),
    failure: errorCode === null || errorMessage === null ? null : { code: errorCode, message: errorMessage },
  };
}

/** A target as its two columns: the origin, and the path under which the gateway believes itself. */
export function targetColumns(id: string, target: InstanceTarget | null) {
  return {
    target: target === null ? null : `http://${target.host}:${target.port}`,
    basePath: target?.prefix === "keep" ? `/i/${id}` : "",
  };
}

function parseTarget(origin: string, basePath: string, driver: InstanceRow["driver"]): InstanceTarget {
  const { hostname, port } = new URL(origin);
  return {
    host: hostname,
    port: Number(port || 80),
    prefix: basePath === "" ? "strip" : "keep",
    forwardedHeaders: driver === "process" ? "omit" : "write",
  };
}

/**
 * What a person is told about their gateway, in the three words that `User.containerStatus` has. A gateway that is
 * wanted but not ready is being provisioned, unless it has failed for good; `null` when there is none to speak of.
 */
export function containerStatusOf(
  desired: DesiredState["status"],
  observed: ObservedState["status"],
): UserRow["containerStatus"] {
  if (desired === "destroyed") return null;
  if (observed === "ready") return "running";
  return desired === "stopped" || observed === "failed" ? "stopped" : "provisioning";
}
