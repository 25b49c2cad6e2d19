import type { Database } from "./client.ts";

/** Longer than anything that is granted to a sign-in lasts. */
const KEPT_HOURS = 48;

/** Writes that a sign-in is over, for every process and at once. Repeating it changes nothing. */
export async function endSession(database: Database, sessionId: string): Promise<void> {
  await database.$executeRaw`
    DELETE FROM "EndedSession" WHERE "endedAt" < now() - ${KEPT_HOURS} * interval '1 hour'`;
  await database.endedSession.createMany({ data: [{ sessionId }], skipDuplicates: true });
}

/** The sign-ins that are known to be over, as far as anything granted to them could still last. */
export async function listEndedSessions(database: Database): Promise<string[]> {
  const rows = await database.endedSession.findMany({ select: { sessionId: true } });
  return rows.map(({ sessionId }) => sessionId);
}

export async function isSessionEnded(database: Database, sessionId: string): Promise<boolean> {
  return (await database.endedSession.findUnique({ where: { sessionId } })) !== null;
}
