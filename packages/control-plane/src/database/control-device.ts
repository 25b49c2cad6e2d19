import { type KeyRing, open, seal, type SecretBinding } from "../credentials.ts";
import { recordAudit } from "./audit.ts";
import type { Database } from "./client.ts";

/** It belongs to nobody but the control plane, and is good for one gateway. */
export function controlDeviceBinding(gatewayUrl: string): SecretBinding {
  return { userId: "control-plane", instanceId: gatewayUrl };
}

/**
 * The key by which the control plane is a device of its own towards a gateway that somebody runs elsewhere. Whichever
 * process asks first makes it; all use the same, so that its owner approves it once.
 */
export async function controlDeviceKey(
  database: Database,
  keyRing: KeyRing,
  gatewayUrl: string,
  makeKey: () => Promise<string>,
): Promise<string> {
  const binding = controlDeviceBinding(gatewayUrl);
  const kept = await database.controlDevice.findUnique({ where: { gatewayUrl } });
  if (kept) return open(keyRing, kept.sealedKey, binding);
  const made = { gatewayUrl, sealedKey: seal(keyRing, await makeKey(), binding) };
  await database.controlDevice.createMany({ data: [made], skipDuplicates: true });
  const { sealedKey } = await database.controlDevice.findUniqueOrThrow({ where: { gatewayUrl } });
  return open(keyRing, sealedKey, binding);
}

/** Forgets the key, so that whichever process asks next makes a new one. */
export async function forgetControlDevice(
  database: Database,
  gatewayUrl: string,
  actor: string,
): Promise<void> {
  await database.$transaction(async (transaction) => {
    const { count } = await transaction.controlDevice.deleteMany({ where: { gatewayUrl } });
    if (count > 0)
      await recordAudit(transaction, {
        actor,
        subject: actor,
        action: "control-device.forget",
        detail: { gateway: "CHAT_GATEWAY_URL" },
      });
  });
}
