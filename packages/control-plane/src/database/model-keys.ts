import { type KeyRing, open, seal } from "../credentials.ts";
import type { Database, Transaction } from "./client.ts";
import { recordAudit } from "./audit.ts";

/** A person's own key for a model provider, without the key. */
export interface ModelKeyRecord {
  readonly provider: "openai" | "anthropic";
  readonly modelId: string | null;
  readonly updatedAt: Date;
}

/** A key is sealed for its owner, whichever instance uses it. */
const bindingOf = (userId: string) => ({ userId, instanceId: "model-key" });

export async function findModelKey(database: Database, userId: string): Promise<ModelKeyRecord | null> {
  return database.modelKey.findUnique({
    where: { userId },
    select: { provider: true, modelId: true, updatedAt: true },
  });
}

/** The key itself, for the gateway that needs it; `null` when the person has none. */
export async function openModelKey(
  database: Database,
  keyRing: KeyRing,
  userId: string,
): Promise<{ provider: "openai" | "anthropic"; apiKey: string; modelId: string | null } | null> {
  const row = await database.modelKey.findUnique({ where: { userId } });
  if (!row) return null;
  const apiKey = open(keyRing, row.sealedKey, bindingOf(userId));
  return { provider: row.provider, apiKey, modelId: row.modelId };
}

/** Keeps a key, sealed, in the place of the earlier one. */
export async function putModelKey(
  transaction: Transaction,
  keyRing: KeyRing,
  { userId, clerkId }: { readonly userId: string; readonly clerkId: string },
  key: {
    readonly provider: "openai" | "anthropic";
    readonly apiKey: string;
    readonly modelId: string | null;
  },
): Promise<ModelKeyRecord> {
  const { provider, modelId } = key;
  const data = { provider, modelId, sealedKey: seal(keyRing, key.apiKey, bindingOf(userId)) };
  const row = await transaction.modelKey.upsert({
    where: { userId },
    create: { userId, ...data },
    update: data,
  });
  await recordAudit(transaction, {
    actor: clerkId,
    subject: clerkId,
    action: "model-key.put",
    detail: { provider },
  });
  return { provider, modelId, updatedAt: row.updatedAt };
}

/** Forgets a person's key, if there is one. */
export async function deleteModelKey(
  transaction: Transaction,
  { userId, clerkId }: { readonly userId: string; readonly clerkId: string },
): Promise<void> {
  const { count } = await transaction.modelKey.deleteMany({ where: { userId } });
  if (count > 0)
    await recordAudit(transaction, { actor: clerkId, subject: clerkId, action: "model-key.delete" });
}

/** For the re-sealing of everything with the newest key. */
export const modelKeyBinding = bindingOf;
