import type { ChatContext } from "./chat-context.ts";

/** When something was asked for and until when it waits, by the gateway's clock. */
interface GatewayTimes {
  readonly createdAtMs?: number;
  readonly expiresAtMs?: number;
}

function timeOf(row: unknown): number[] {
  return typeof row === "object" && row !== null && "ts" in row && typeof row.ts === "number" ? [row.ts] : [];
}

/** What the gateway's clock shows, going by the newest of the presence rows that came with hello; `null`: not known. */
function gatewayNow(context: ChatContext): number | null {
  const { connection } = context.read();
  if (connection.status !== "ready") return null;
  const times = connection.hello.snapshot.presence.flatMap(timeOf);
  return times.length === 0 ? null : Math.max(...times) + context.environment.now() - connection.since;
}

/**
 * The same by this client's clock, which may be minutes off: what is asked for at this moment is new, and what is listed
 * is as old as the gateway says, or new where its clock is not known. Either waits as long as the gateway gave it.
 */
export function ownTimes(
  { createdAtMs, expiresAtMs }: GatewayTimes,
  context: ChatContext,
  isListed: boolean,
): { readonly createdAt: number; readonly expiresAt: number | null } {
  const now = context.environment.now();
  const theirs = (isListed ? gatewayNow(context) : null) ?? createdAtMs ?? now;
  const created = createdAtMs ?? theirs;
  const createdAt = now - Math.max(0, theirs - created);
  return { createdAt, expiresAt: expiresAtMs === undefined ? null : createdAt + expiresAtMs - created };
}
