import { authOf, type KeyRing, open, type ProbeTarget } from "@automna/control-plane";
import type { InstanceRecord } from "@automna/control-plane/database";

/** Where and by what the control plane reaches a gateway as it runs now; `null` while it has no address. */
export function controlTarget(instance: InstanceRecord, keyRing: KeyRing): ProbeTarget | null {
  const { id, ownerId, sealedToken, product, target } = instance;
  if (target === null) return null;
  const auth = authOf(instance, open(keyRing, sealedToken, { userId: ownerId, instanceId: id }));
  const path = target.prefix === "keep" ? `/i/${id}/` : "/";
  return { product, target, auth, url: `ws://${target.host}:${target.port}${path}` };
}
