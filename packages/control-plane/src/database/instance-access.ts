import { createHash } from "node:crypto";
import type { Database } from "./client.ts";
import { ALIVE } from "./users.ts";

/** What decides who may use a gateway. */
export interface InstanceAccessRecord {
  readonly id: string;
  /** A DNS label. */
  readonly subdomain: string;
  /** The owner, as the identity provider knows them. */
  readonly clerkId: string;
  /** Another one as soon as the gateway has another owner or is to have another token. */
  readonly generation: string;
}

/** Finds a gateway that is not being destroyed, by its id or by its subdomain. */
export async function findInstanceAccess(
  database: Database,
  name: { readonly id: string } | { readonly subdomain: string },
): Promise<InstanceAccessRecord | null> {
  const row = await database.instance.findFirst({
    where: { ...name, ...ALIVE },
    select: { id: true, subdomain: true, tokenHash: true, nextTokenHash: true, owner: true },
  });
  // What waits in the warm pool is nobody's.
  if (!row?.owner) return null;
  const { id, subdomain, tokenHash, nextTokenHash, owner } = row;
  const generation = createHash("sha256")
    .update(JSON.stringify([owner.id, nextTokenHash ?? tokenHash]))
    .digest("base64url")
    .slice(0, 22);
  return { id, subdomain, clerkId: owner.clerkId, generation };
}
