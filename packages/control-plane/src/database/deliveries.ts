import type { Database } from "./client.ts";
import { commandInstance, type CommandContext } from "./commands.ts";
import { recordAudit } from "./audit.ts";
import { ALIVE, lockIdentity } from "./users.ts";

/** A webhook that was verified. */
export interface Delivery {
  /** The same for every repetition of one delivery. */
  readonly id: string;
  readonly type: string;
}

/** Whether this delivery was dealt with before. */
export async function isKnownDelivery(database: Database, id: string): Promise<boolean> {
  return (await database.webhookDelivery.findUnique({ where: { id } })) !== null;
}

/** Remembers a delivery that has been dealt with; `false` when somebody else was quicker. */
export async function rememberDelivery(database: Database, delivery: Delivery): Promise<boolean> {
  const { count } = await database.webhookDelivery.createMany({
    data: [{ ...delivery }],
    skipDuplicates: true,
  });
  return count === 1;
}

/**
 * Deletes a person and everything that is theirs: no credential of theirs is good for anything any more, their gateways
 * are stopped, and their data goes after the grace period. May come before the person was ever heard of.
 */
export async function deleteIdentity(
  context: CommandContext,
  clerkId: string,
  keepDataMs: number,
): Promise<void> {
  const { database } = context;
  const owned = await database.$transaction(async (transaction) => {
    await lockIdentity(transaction, clerkId);
    const { count } = await transaction.deletedIdentity.createMany({
      data: [{ clerkId }],
      skipDuplicates: true,
    });
    if (count === 1)
      await recordAudit(transaction, { actor: "webhook", action: "identity.delete", subject: clerkId });
    const user = await transaction.user.findUnique({ where: { clerkId } });
    if (!user) return [];
    await transaction.modelKey.deleteMany({ where: { userId: user.id } });
    return transaction.instance.findMany({ where: { ownerId: user.id, ...ALIVE }, select: { id: true } });
  });
  for (const { id } of owned)
    await commandInstance(
      context,
      id,
      { kind: "destroy", keepDataMs },
      { actor: "webhook", subject: clerkId },
    );
}
