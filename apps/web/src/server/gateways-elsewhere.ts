import { type KeyRing, open } from "@automna/control-plane";
import {
  type Database,
  ensureUserWithInstance,
  type InstanceRecord,
  type NewInstance,
} from "@automna/control-plane/database";
import type { Gateways, GatewayView } from "./gateways.ts";

export interface GatewaysElsewhereOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly create: (ownerId: string) => NewInstance;
}

/** Everybody's gateways, as a process sees them that runs none: it writes what is wanted, and a worker does it. */
export function createGatewaysElsewhere({ database, keyRing, create }: GatewaysElsewhereOptions): Gateways {
  return {
    async ensure(clerkId) {
      const { instance } = await ensureUserWithInstance(database, clerkId, create);
      return viewOf(instance, keyRing);
    },
    close: () => Promise.resolve(),
  };
}

function viewOf(instance: InstanceRecord, keyRing: KeyRing): GatewayView {
  const { id: instanceId, ownerId, observed, sealedToken, failure, updatedAt } = instance;
  if (observed === "ready")
    return {
      status: "ready",
      instanceId,
      authToken: open(keyRing, sealedToken, { userId: ownerId, instanceId }),
    };
  if (observed === "failed" && failure)
    return { status: "failed", instanceId, failure: { code: "driver-failed", message: failure.message } };
  return { status: "provisioning", instanceId, phase: "queued", since: updatedAt.getTime() };
}
