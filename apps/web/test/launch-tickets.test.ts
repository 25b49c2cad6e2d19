import { randomBytes } from "node:crypto";
import { LAUNCH_TICKET_LIFETIME_MS, parseKeyRing } from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  endSession,
  ensureUserWithInstance,
  isSessionEnded,
  issueLaunchTicket,
  listEndedSessions,
  migrate,
  newInstance,
  redeemLaunchTicket,
} from "@automna/control-plane/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyDatabase, MIGRATIONS } from "./support/database.ts";

const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);

let database: Database;
let own: string;
let other: string;
beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  database = connectDatabase({ url });
  [own = "", other = ""] = await Promise.all(
    ["user_alice", "user_bob"].map(async (clerkId) => {
      const create = (ownerId: string) =>
        newInstance(ownerId, { driver: "process", product: "demo" }, keyRing);
      return (await ensureUserWithInstance(database, clerkId, create)).instance.id;
    }),
  );
});
afterAll(() => database.$disconnect());

const issue = () =>
  issueLaunchTicket(database, {
    instanceId: own,
    clerkId: "user_alice",
    sessionId: "sess_1",
    path: "/canvas",
  });
const forget = (ticket: string) => redeemLaunchTicket(database, ticket, own);

test("a ticket gives what was granted, to one of twenty who come with it at once", async () => {
  const ticket = await issue();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => redeemLaunchTicket(database, ticket, own)),
  );
  expect(answers.filter((answer) => answer !== null)).toEqual([
    { instanceId: own, clerkId: "user_alice", sessionId: "sess_1", path: "/canvas" },
  ]);
});

test("a ticket that is shown at another instance grants nothing there, and nothing afterwards", async () => {
  const ticket = await issue();
  expect(await redeemLaunchTicket(database, ticket, other)).toBeNull();
  expect(await redeemLaunchTicket(database, ticket, own)).toBeNull();
});

test("a ticket lasts for its minute and no longer", async () => {
  const before = Date.now();
  const ticket = await issue();
  const after = Date.now();
  const [row] = await database.launchTicket.findMany();
  const issuedAt = (row?.expiresAt.getTime() ?? 0) - LAUNCH_TICKET_LIFETIME_MS;
  expect(issuedAt).toBeGreaterThanOrEqual(before);
  // PostgreSQL rounds to the nearest millisecond, JavaScript down.
  expect(issuedAt).toBeLessThanOrEqual(after + 1);
  await database.launchTicket.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
  expect(await redeemLaunchTicket(database, ticket, own)).toBeNull();
});

test("no ticket lies in the database, and forgotten ones are swept away", async () => {
  const ticket = await issue();
  expect(JSON.stringify(await database.launchTicket.findMany())).not.toContain(ticket);
  await database.launchTicket.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
  const fresh = await issue();
  expect(await database.launchTicket.count()).toBe(1);
  await forget(fresh);
});

test.each(["", "x", "constructor", "a".repeat(43), `' OR true --`.padEnd(43, "a")])(
  "%j is no ticket",
  async (text) => expect(await redeemLaunchTicket(database, text, own)).toBeNull(),
);

test("a sign-in ends once, however often it is said, and old ends are forgotten", async () => {
  await Promise.all([endSession(database, "sess_over"), endSession(database, "sess_over")]);
  expect(await isSessionEnded(database, "sess_over")).toBe(true);
  expect(await isSessionEnded(database, "sess_other")).toBe(false);
  expect(await listEndedSessions(database)).toEqual(["sess_over"]);
  await database.endedSession.updateMany({ data: { endedAt: new Date(Date.now() - 49 * 3_600_000) } });
  await endSession(database, "sess_next");
  expect(await listEndedSessions(database)).toEqual(["sess_next"]);
});
