import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { parseKeyRing } from "@automna/control-plane";
import { connectDatabase, countSealed, listAudit, migrate, resealAll } from "@automna/control-plane/database";
import { CHAT_SCOPES, generateDeviceIdentity, type OperatorScope } from "@automna/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { openChatGateway, OwnDeviceError } from "../src/server/chat-gateway.ts";
import { ApprovalRefusedError } from "../src/server/device-approval.ts";
import { connectControl, GatewayControlError } from "../src/server/gateway-control.ts";
import { createLog } from "../src/server/log.ts";
import type { Storage } from "../src/server/storage.ts";
import { emptyDatabase, MIGRATIONS } from "./support/database.ts";
import { startHouse } from "./support/house.ts";
import { type GatewayElsewhere, startGatewayElsewhere } from "./support/gateway-elsewhere.ts";

const newKey = (id: string) => `${id}:${randomBytes(32).toString("base64")}`;

async function newStorage(): Promise<Pick<Storage, "database" | "keyRing">> {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  const database = connectDatabase({ url });
  onTestFinished(() => database.$disconnect());
  return { database, keyRing: parseKeyRing(newKey("k1")) };
}

/** The app beside a gateway elsewhere, and what it wrote into its log. */
function openApp(
  { url, token }: Pick<GatewayElsewhere, "url" | "token">,
  storage: Pick<Storage, "database" | "keyRing">,
) {
  let text = "";
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const log = createLog("trace", destination);
  const app = openChatGateway({ gatewayUrl: url, token, ownerClerkId: "user_owner", storage, log });
  onTestFinished(() => app.close());
  return { app, log: () => text };
}

/** Where nobody asks what is on record. */
const unrecorded = () => Promise.resolve();

/** A device that knocks with the token; the request under which it then waits. */
async function knock({ url, token }: GatewayElsewhere, scopes: readonly OperatorScope[] = CHAT_SCOPES) {
  const device = await generateDeviceIdentity();
  const come = () =>
    connectControl({ url, auth: { mode: "token", token }, device, scopes }, AbortSignal.timeout(patienceMs));
  const refused: unknown = await come().catch((error: unknown) => error);
  if (!(refused instanceof GatewayControlError)) throw new Error("It was let in.");
  expect(refused.code).toBe("NOT_PAIRED");
  const { requestId } = refused.details as { requestId: string };
  const isIn = () =>
    come().then(
      (control) => {
        control.close();
        return true;
      },
      () => false,
    );
  return { requestId, isIn };
}

/** The gateway's owner approves the app, as the log says. */
async function approveApp({ gateway }: GatewayElsewhere, log: () => string): Promise<string> {
  const command = /run once: openclaw devices approve ([\w-]+)/i;
  const requestId = await vi.waitFor(() => command.exec(log())?.[1] ?? Promise.reject(new Error(log())));
  gateway.pairing.approve(requestId);
  return requestId;
}

/** What the page of a person who is signed in asks of the app. */
const askToPair = (house: Awaited<ReturnType<typeof startHouse>>, person: string, requestId: string) =>
  house.call(
    person,
    "approveChatGatewayDevice",
    new Request("http://localhost:3001/api/chat-gateway/pair", {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
      body: JSON.stringify({ requestId }),
    }),
  );

test("until the gateway's owner has approved the app itself it approves nobody, and says by which command", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  const browser = await knock(elsewhere);
  const early = await app.approve(browser.requestId, unrecorded);
  expect(await browser.isIn()).toBe(false);
  const requestId = await approveApp(elsewhere, log);
  expect(early).toEqual({ approved: false, app: { requestId } });
  expect(await app.approve(browser.requestId, unrecorded)).toEqual({ approved: true, app: null });
  expect(await browser.isIn()).toBe(true);
  expect(log().match(/openclaw devices/g)).toHaveLength(1);
});

test("the app asks for no more than it takes to approve devices that chat", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { log } = openApp(elsewhere, await newStorage());
  await vi.waitFor(() => expect(log()).toContain("openclaw devices approve"));
  expect(elsewhere.gateway.pairing.pending()).toEqual([
    expect.objectContaining({ scopes: ["operator.pairing", "operator.read", "operator.write"] }),
  ]);
});

test("of several browsers that wait the one that is asked for is approved, and no other", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  await approveApp(elsewhere, log);
  const [before, own, after] = [await knock(elsewhere), await knock(elsewhere), await knock(elsewhere)];
  expect(await app.approve(own.requestId, unrecorded)).toEqual({ approved: true, app: null });
  expect(await Promise.all([before, own, after].map(({ isIn }) => isIn()))).toEqual([false, true, false]);
  expect(await app.approve("nobodys", unrecorded)).toEqual({ approved: false, app: null });
});

test.each([[["operator.admin"]], [[...CHAT_SCOPES, "operator.pairing"]], [[]]] as const)(
  "a device that asks for %j, and so for more than a chat, goes on waiting",
  async (scopes) => {
    const elsewhere = await startGatewayElsewhere();
    const { app, log } = openApp(elsewhere, await newStorage());
    await approveApp(elsewhere, log);
    const greedy = await knock(elsewhere, scopes);
    expect(await app.approve(greedy.requestId, unrecorded)).toEqual({ approved: false, app: null });
    expect(await greedy.isIn()).toBe(false);
  },
);

test("whoever is signed in and is not its owner is answered 404, and nothing reaches the gateway", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  await approveApp(elsewhere, log);
  const browser = await knock(elsewhere);
  const house = await startHouse({ chatGateway: app });
  const pair = (person: string) => askToPair(house, person, browser.requestId);
  const before = elsewhere.knocks();
  expect((await pair("user_other")).status).toBe(404);
  expect(elsewhere.knocks()).toBe(before);
  expect(await browser.isIn()).toBe(false);
  expect(await (await pair("user_owner")).json()).toEqual({ approved: true, app: null });
  expect(await browser.isIn()).toBe(true);
});

test("an owner whose account was deleted approves nothing with what is left of their session", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  await approveApp(elsewhere, log);
  const browser = await knock(elsewhere);
  const house = await startHouse({ chatGateway: app });
  await house.database.deletedIdentity.create({ data: { clerkId: "user_owner" } });
  const before = elsewhere.knocks();
  const answer = await askToPair(house, "user_owner", browser.requestId);
  expect([answer.status, elsewhere.knocks()]).toEqual([401, before]);
  expect(await browser.isIn()).toBe(false);
});

test("every process on a database is the same device, also after the keys that seal it have changed", async () => {
  const elsewhere = await startGatewayElsewhere();
  const storage = await newStorage();
  const [one, other] = [openApp(elsewhere, storage), openApp(elsewhere, storage)];
  await Promise.all(
    [one, other].map(({ log }) => vi.waitFor(() => expect(log()).toContain("devices approve"))),
  );
  await approveApp(elsewhere, one.log);
  const browser = await knock(elsewhere);
  expect(await other.app.approve(browser.requestId, unrecorded)).toEqual({ approved: true, app: null });

  const old = storage.keyRing[0];
  const fresh = parseKeyRing(newKey("k2"));
  expect(await resealAll(storage.database, [fresh[0], old])).toEqual({ count: 1, unreadable: [] });
  expect([...(await countSealed(storage.database)).keys()]).toEqual(["k2"]);
  const later = openApp(elsewhere, { ...storage, keyRing: fresh });
  const another = await knock(elsewhere);
  expect(await later.app.approve(another.requestId, unrecorded)).toEqual({ approved: true, app: null });
  expect(await resealAll(storage.database, fresh)).toEqual({ count: 0, unreadable: [] });
});

test("the key of the app's device opens for the gateway that it was made for, and for no other", async () => {
  const [one, other] = [await startGatewayElsewhere(), await startGatewayElsewhere()];
  const storage = await newStorage();
  const { log } = openApp(one, storage);
  await vi.waitFor(() => expect(log()).toContain("devices approve"));
  await storage.database.controlDevice.update({
    where: { gatewayUrl: one.url },
    data: { gatewayUrl: other.url },
  });
  const moved = openApp(other, storage);
  await expect(moved.app.approve("anybody", unrecorded)).rejects.toThrow(OwnDeviceError);
  expect(moved.log()).toContain("sealed for another gateway");
  expect(other.knocks()).toBe(0);
});

test("a key of the app's device that cannot be opened is told and kept, until the gateway's owner wants a new one", async () => {
  const elsewhere = await startGatewayElsewhere();
  const storage = await newStorage();
  const before = openApp(elsewhere, storage);
  await approveApp(elsewhere, before.log);
  const kept = await storage.database.controlDevice.findMany();

  const later = openApp(elsewhere, { ...storage, keyRing: parseKeyRing(newKey("k2")) });
  await vi.waitFor(() => expect(later.log()).toContain("TOKEN_KEYS does not hold the key that sealed it"));
  expect(later.log()).not.toContain("see that it runs");
  const house = await startHouse({ chatGateway: later.app });
  const browser = await knock(elsewhere);
  const refused = await askToPair(house, "user_owner", browser.requestId);
  expect([refused.status, await refused.json()]).toEqual([
    409,
    expect.objectContaining({ code: "app-device-unreadable", detail: expect.stringContaining("new device") }),
  ]);
  expect(await storage.database.controlDevice.findMany()).toEqual(kept);

  const renew = (person: string) =>
    house.call(
      person,
      "renewChatGatewayDevice",
      new Request("http://localhost:3001/api/chat-gateway/device", {
        method: "DELETE",
        headers: { "sec-fetch-site": "same-origin" },
      }),
    );
  expect((await renew("user_other")).status).toBe(404);
  expect(await storage.database.controlDevice.findMany()).toEqual(kept);
  expect((await renew("user_owner")).status).toBe(204);
  await approveApp(elsewhere, later.log);
  expect(await (await askToPair(house, "user_owner", browser.requestId)).json()).toMatchObject({
    approved: true,
  });
  expect(await browser.isIn()).toBe(true);
  expect(await listAudit(storage.database, { limit: 1 })).toMatchObject([
    { actor: "user_owner", action: "control-device.forget" },
  ]);
});

test("no browser is approved whose approval could not be put on record first", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  await approveApp(elsewhere, log);
  const browser = await knock(elsewhere);
  const full = new Error("The database takes nothing.");
  await expect(app.approve(browser.requestId, () => Promise.reject(full))).rejects.toBe(full);
  expect(await browser.isIn()).toBe(false);
  const steps: string[] = [];
  const record = async (step: string) => {
    steps.push(`${step}: ${await browser.isIn()}`);
  };
  expect(await app.approve(browser.requestId, record)).toEqual({ approved: true, app: null });
  expect(steps).toEqual(["wanted: false", "done: true"]);
});

test("an approval that the gateway refuses is an error with a record, and not an answer of no", async () => {
  const elsewhere = await startGatewayElsewhere();
  const { app, log } = openApp(elsewhere, await newStorage());
  await approveApp(elsewhere, log);
  const { requestId } = await knock(elsewhere);
  const steps: string[] = [];
  const record = (step: string) => {
    steps.push(step);
    // Somebody was quicker, and the gateway does not know the request any more.
    if (step === "wanted") elsewhere.gateway.pairing.approve(requestId);
    return Promise.resolve();
  };
  await expect(app.approve(requestId, record)).rejects.toThrow(ApprovalRefusedError);
  expect(steps).toEqual(["wanted", "refused"]);
});

test("a token that the gateway does not take, or a gateway that is away, is told in the log without the token", async () => {
  const elsewhere = await startGatewayElsewhere();
  const wrong = openApp({ ...elsewhere, token: "another-gateways-token" }, await newStorage());
  await vi.waitFor(() =>
    expect(wrong.log()).toContain("see that it runs and that CHAT_GATEWAY_TOKEN is its token"),
  );
  await expect(wrong.app.approve("anybody", unrecorded)).rejects.toThrow(GatewayControlError);
  const gone = await startGatewayElsewhere();
  await gone.close();
  const away = openApp({ url: gone.url, token: "whatever-token" }, await newStorage());
  await vi.waitFor(() => expect(away.log()).toContain("see that it runs"));
  expect(wrong.log() + away.log()).not.toMatch(/another-gateways-token|whatever-token/);
});
