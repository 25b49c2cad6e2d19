import { createHmac, randomBytes } from "node:crypto";
import { KEPT_DELETED } from "@automna/control-plane";
import { findUser, listEndedSessions } from "@automna/control-plane/database";
import * as v from "valibot";
import { expect, test, vi } from "vitest";
import { problem } from "../src/api/problem.ts";
import { type House, isReady, somebody, startHouse, untilInstance, WEBHOOK_SECRET } from "./support/house.ts";

interface Sent {
  readonly id?: string;
  /** Seconds from now. */
  readonly offset?: number;
  readonly secret?: string;
  /** Replaces the body after it was signed. */
  readonly tampered?: string;
}

function delivery(type: string, clerkId: string, sent: Sent = {}): Request {
  const { id = `msg_${randomBytes(8).toString("hex")}`, offset = 0, secret = WEBHOOK_SECRET } = sent;
  const event = { type, object: "event", data: { id: clerkId, object: "user" } };
  // As nobody's parser would write it again: what is signed are the bytes that were sent.
  const body = JSON.stringify(event, null, 2);
  const timestamp = String(Math.floor(Date.now() / 1000) + offset);
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return new Request("http://localhost:3001/api/webhooks/clerk", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "svix-id": id,
      "svix-timestamp": timestamp,
      "svix-signature": `v1,${signature}`,
    },
    body: sent.tampered ?? body,
  });
}

const send = async ({ api }: House, request: Request) => {
  const response = await api("receiveClerkWebhook", request);
  const body: unknown = await response.json();
  if (!response.ok) v.parse(problem, body);
  return { status: response.status, body };
};

test("who signs up has a gateway before they ask for it", async () => {
  const house = await startHouse();
  const person = somebody();
  expect(await send(house, delivery("user.created", person))).toEqual({
    status: 200,
    body: { handled: true },
  });
  expect(await findUser(house.database, person)).toMatchObject({ containerStatus: "provisioning" });
  await untilInstance(house, person, isReady);
});

test("the same delivery twenty times at once makes one gateway", async () => {
  const house = await startHouse();
  const person = somebody();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send(house, delivery("user.created", person, { id: "msg_again" }))),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(answers.filter(({ body }) => JSON.stringify(body) === '{"handled":true}')).toHaveLength(1);
  expect(await house.database.instance.count()).toBe(1);
  expect(await house.database.auditEvent.count()).toBe(1);
  expect(await send(house, delivery("user.created", person, { id: "msg_again" }))).toMatchObject({
    body: { handled: false },
  });
});

test.each(["session.ended", "session.removed", "session.revoked"])(
  "after %s what was granted to that sign-in holds nowhere",
  async (type) => {
    const house = await startHouse();
    expect(await send(house, delivery(type, "sess_over"))).toEqual({ status: 200, body: { handled: true } });
    await send(house, delivery("session.created", "sess_new"));
    expect(await listEndedSessions(house.database)).toEqual(["sess_over"]);
  },
);

test("an update of somebody unknown makes up for the creation that was lost", async () => {
  const house = await startHouse();
  const person = somebody();
  await send(house, delivery("user.updated", person));
  expect(await findUser(house.database, person)).not.toBeNull();
});

test("a first visit makes up for every delivery that was lost, and what comes later changes nothing", async () => {
  const house = await startHouse();
  const person = somebody();
  await house.gateways.ensure(person);
  const { id } = await untilInstance(house, person, isReady);
  await send(house, delivery("user.created", person));
  expect((await house.gateways.provide(person)).instance.id).toBe(id);
});

test("who is deleted has no gateway, no credential and, in the end, no row", async () => {
  const house = await startHouse();
  const person = somebody();
  await house.gateways.provide(person);
  const { id } = await untilInstance(house, person, isReady);
  await send(house, delivery("user.deleted", person));
  expect(await findUser(house.database, person)).toMatchObject({ gatewayToken: null, containerStatus: null });
  await vi.waitFor(async () =>
    expect(await house.database.instance.findUnique({ where: { id } })).toMatchObject({
      purgedAt: expect.any(Date),
    }),
  );
  await house.work.keepHouse();
  expect(await findUser(house.database, person)).toBeNull();
});

test("deleted before created: nothing is made, neither by the late delivery nor by a last visit", async () => {
  const house = await startHouse();
  const person = somebody();
  expect(await send(house, delivery("user.deleted", person))).toMatchObject({ status: 200 });
  expect(await send(house, delivery("user.created", person))).toMatchObject({ status: 200 });
  expect(await send(house, delivery("user.updated", person))).toMatchObject({ status: 200 });
  await expect(house.gateways.ensure(person)).rejects.toMatchObject({ code: "identity-deleted" });
  expect(await findUser(house.database, person)).toBeNull();
  expect(await house.database.instance.count()).toBe(0);
});

test("created and deleted at the same time end with nothing that runs", async () => {
  const house = await startHouse();
  for (let round = 0; round < 5; round++) {
    const person = somebody();
    await Promise.all([
      send(house, delivery("user.created", person)),
      send(house, delivery("user.deleted", person)),
    ]);
    const alive = await house.database.instance.count({
      where: { owner: { clerkId: person }, desiredState: { not: "destroyed" } },
    });
    expect(alive).toBe(0);
  }
});

test("a delivery that could not be dealt with is dealt with when it comes again", async () => {
  const house = await startHouse();
  const person = somebody();
  const failing = vi
    .spyOn(house.gateways, "provideFirst")
    .mockRejectedValueOnce(new Error("the database is away"));
  expect(await send(house, delivery("user.created", person, { id: "msg_retry" }))).toMatchObject({
    status: 503,
  });
  failing.mockRestore();
  expect(await send(house, delivery("user.created", person, { id: "msg_retry" }))).toMatchObject({
    body: { handled: true },
  });
  expect(await findUser(house.database, person)).not.toBeNull();
});

test("a delivery is remembered for a month", async () => {
  const house = await startHouse();
  const ids = ["msg_old", "msg_young"];
  for (const id of ids) await send(house, delivery("session.created", somebody(), { id }));
  for (const [index, days] of [31, 29].entries())
    await house.database.webhookDelivery.update({
      where: { id: ids[index] },
      data: { receivedAt: new Date(Date.now() - days * 24 * 3_600_000) },
    });
  await house.work.keepHouse();
  expect(await house.database.webhookDelivery.findMany()).toMatchObject([{ id: "msg_young" }]);
});

test.each<[string, Sent]>([
  ["another secret", { secret: `whsec_${randomBytes(24).toString("base64")}` }],
  ["another body", { tampered: JSON.stringify({ type: "user.created", data: { id: "user_evil" } }) }],
  ["an old time", { offset: -600 }],
  ["a time to come", { offset: 600 }],
])("a delivery with %s is refused and does nothing", async (_, sent) => {
  const house = await startHouse();
  const person = somebody();
  expect(await send(house, delivery("user.created", person, sent))).toMatchObject({
    status: 400,
    body: { code: "signature-invalid" },
  });
  expect(await house.database.user.count()).toBe(0);
});

test("a delivery that is larger than any of Clerk's is not read to its end", async () => {
  const house = await startHouse();
  const sent = { tampered: " ".repeat(300_000) };
  expect(await send(house, delivery("user.created", somebody(), sent))).toMatchObject({
    status: 413,
    body: { code: "too-large", detail: expect.stringContaining("262144 bytes") },
  });
});

test("other things that Clerk tells of are taken and left alone", async () => {
  const house = await startHouse();
  expect(await send(house, delivery("email.created", somebody()))).toMatchObject({ status: 200 });
  expect(await house.database.user.count()).toBe(0);
});

test.each([1, KEPT_DELETED])(
  "news of who has deleted %i gateways is taken, and makes none",
  async (deleted) => {
    const house = await startHouse({ keepDataMs: 3_600_000 });
    const person = somebody();
    for (let n = 0; n < deleted; n++) {
      const { instance } = await house.gateways.provide(person);
      await house.gateways.command(person, instance.id, "destroy");
    }
    for (const type of ["user.created", "user.updated"])
      expect(await send(house, delivery(type, person))).toMatchObject({ status: 200 });
    expect(await house.database.instance.count({ where: { desiredState: "running" } })).toBe(0);
  },
);
