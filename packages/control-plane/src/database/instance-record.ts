import { isVouched } from "../gateway-config.ts";
import type { Instance as InstanceRow, User as UserRow } from "../generated/prisma/client.ts";
import type { NextToken } from "../lifecycle.ts";
import type {
  DesiredState,
  GatewayProduct,
  InstanceLimits,
  InstanceTarget,
  ObservedState,
} from "../instance.ts";

/** Stands for the owner of a gateway that waits in the warm pool: sealed values are bound to it. */
export const POOL_OWNER = "pool";

/** Why a gateway is stopped. */
type StopReason = NonNullable<InstanceRow["stopReason"]>;

/** What the database knows of one gateway. The token is there only in sealed form. */
export interface InstanceRecord {
  /** 24 lower-case hex characters. */
  readonly id: string;
  /** {@link POOL_OWNER} while nobody has it. */
  readonly ownerId: string;
  readonly driver: InstanceRow["driver"];
  readonly product: GatewayProduct;
  readonly image: string | null;
  /** The image that an upgrade is moving it to. */
  readonly nextImage: string | null;
  /** A DNS label. */
  readonly subdomain: string;
  readonly desired: DesiredState["status"];
  readonly observed: ObservedState["status"];
  /** `null` while it is wanted running. */
  readonly stopReason: StopReason | null;
  /** Grows with everything that anybody wants of it. */
  readonly generation: number;
  /** The generation that a worker last brought to rest. */
  readonly settledGeneration: number;
  /** Grows with each restart that was asked for. */
  readonly epoch: number;
  /** The step that a worker is at; `null` while it rests. */
  readonly phase: { readonly name: string; readonly since: Date } | null;
  /** Failures in a row, and when it is tried again. */
  readonly attempt: number;
  readonly retryAt: Date | null;
  /** Where the router reaches it; `null` while it has no address. */
  readonly target: InstanceTarget | null;
  readonly containerId: string | null;
  readonly limits: InstanceLimits | null;
  readonly sealedToken: string;
  readonly tokenHash: string;
  /** The token that a rotation or a claim is moving it to. */
  readonly nextToken: NextToken | null;
  readonly readySince: Date | null;
  readonly lastActivityAt: Date | null;
  /** Why it does not run, with the next step; `null` when nothing is wrong. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly deletedAt: Date | null;
  /** Its data is kept until then. */
  readonly purgeAfter: Date | null;
  readonly purgedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function toInstanceRecord(row: InstanceRow): InstanceRecord {
  const { desiredState, observedState, target, basePath, errorCode, errorMessage, ...one } = row;
  const { ownerId, phase, phaseSince, nextSealedToken, nextTokenHash, nextTokenBy, limits, ...rest } = one;
  const { identityHeader, identityValue, policy: _, ...same } = rest;
  const identity =
    identityHeader === null || identityValue === null
      ? null
      : { header: identityHeader, value: identityValue };
  return {
    ...same,
    ownerId: ownerId ?? POOL_OWNER,
    desired: desiredState,
    observed: observedState,
    target:
      target === null
        ? null
        : { ...parseTarget(target, basePath, row.driver), ...(identity ? { identity } : {}) },
    phase: phase === null || phaseSince === null ? null : { name: phase, since: phaseSince },
    nextToken:
      nextSealedToken === null || nextTokenHash === null
        ? null
        : {
            sealedToken: nextSealedToken,
            tokenHash: nextTokenHash,
            by: nextTokenBy ?? unsaidDelivery(row),
          },
    limits: parseLimits(limits),
    failure: errorCode === null || errorMessage === null ? null : { code: errorCode, message: errorMessage },
  };
}

/**
 * What an older release wrote says nothing of a restart. A handshake that needs the token proves it; one by the router's
 * word proves nothing, and the token counts once the gateway was given it.
 */
function unsaidDelivery(row: InstanceRow): NextToken["by"] {
  return isVouched(row) ? "handover" : "restart";
}

function parseLimits(limits: unknown): InstanceLimits | null {
  if (typeof limits !== "object" || limits === null) return null;
  const numbers = Object.entries(limits).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers) as InstanceLimits;
}

/** A token that is on its way, or that none is, as its columns. */
export function nextTokenColumns(token: NextToken | null) {
  return {
    nextSealedToken: token?.sealedToken ?? null,
    nextTokenHash: token?.tokenHash ?? null,
    nextTokenBy: token?.by ?? null,
  };
}

/** A target as its columns: the origin, the path under which the gateway believes itself, and what vouches for its owner. */
export function targetColumns(id: string, target: InstanceTarget | null) {
  return {
    target: target === null ? null : `http://${target.host}:${target.port}`,
    basePath: target?.prefix === "keep" ? `/i/${id}` : "",
    identityHeader: target?.identity?.header ?? null,
    identityValue: target?.identity?.value ?? null,
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
