import {
  isLaunchTicket,
  LAUNCH_TICKET_LIFETIME_MS,
  launchTicketHash,
  newLaunchTicket,
} from "../launch-ticket.ts";
import type { Database } from "./client.ts";

/** Who may be let in where. */
export interface LaunchGrant {
  readonly instanceId: string;
  readonly clerkId: string;
  /** The sign-in that asked; when it ends, so does everything that was granted to it. */
  readonly sessionId: string;
  /** Where in the gateway it leads. */
  readonly path: string;
}

/**
 * Writes a ticket and returns it; only its hash is stored. Whether the person may have it is the caller's to check.
 * Tickets that nobody came for are swept away on the way. The database's clock decides, for all processes alike.
 */
export async function issueLaunchTicket(
  database: Database,
  { instanceId, clerkId, sessionId, path }: LaunchGrant,
): Promise<string> {
  const ticket = newLaunchTicket();
  await database.$executeRaw`DELETE FROM "LaunchTicket" WHERE "expiresAt" < now()`;
  await database.$executeRaw`
    INSERT INTO "LaunchTicket" ("ticketHash", "instanceId", "clerkId", "sessionId", "path", "expiresAt")
    VALUES (${launchTicketHash(ticket)}, ${instanceId}, ${clerkId}, ${sessionId}, ${path},
      now() + ${LAUNCH_TICKET_LIFETIME_MS} * interval '1 millisecond')`;
  return ticket;
}

interface RedeemedRow extends LaunchGrant {
  readonly expired: boolean;
}

/**
 * Takes a ticket out of the world: the first caller gets what it grants, and everybody after that `null`, as for
 * one that has expired or never was. A ticket that is shown at another instance is spent all the same.
 */
export async function redeemLaunchTicket(
  database: Database,
  ticket: string,
  instanceId: string,
): Promise<LaunchGrant | null> {
  if (!isLaunchTicket(ticket)) return null;
  const [row] = await database.$queryRaw<RedeemedRow[]>`
    DELETE FROM "LaunchTicket" WHERE "ticketHash" = ${launchTicketHash(ticket)}
    RETURNING "instanceId", "clerkId", "sessionId", "path", "expiresAt" <= now() AS "expired"`;
  if (!row || row.expired || row.instanceId !== instanceId) return null;
  const { clerkId, sessionId, path } = row;
  return { instanceId, clerkId, sessionId, path };
}
