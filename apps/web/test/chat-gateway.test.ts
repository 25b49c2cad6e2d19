import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { parseKeyRing } from "@automna/control-plane";
import { connectDatabase, countSealed, migrate, resealAll } from "@automna/control-plane/database";
import { CHAT_SCOPES, generateDeviceIdentity, type OperatorScope } from "@automna/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { openChatGateway } from "../src/server/chat-gateway.ts";
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

/** A device that knocks with the token; the request under which it then waits. */
async function knock({ url, token }: GatewayElsewhere, scopes: readonly OperatorScope[] = CHAT_SCOPES) {
  const device = await generateDeviceIdentity();
  const come = () =>
    connectControl({ url, auth: { mode: "token", token }, device, scopes }, AbortSignal.timeout(10_000));
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
  const early = await app.approve(browser.requestId);
  expect(await browser.isIn()).toBe(false);
  const requestId = await approveApp(elsewhere, log);
  expect(early).toEqual({ approved: false, app: { requestId } });
  expect(await app.approve(browser.requestId)).toEqual({ approved: true, app: null });
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
  expect(await app.approve(own.requestId)).toEqual({ approved: true, app: null });
  expect(await Promise.all([before, own, after].map(({ isIn }) => isIn()))).toEqual([false, true, false]);
  expect(await app.approve("nobodys")).toEqual({ approved: false, app: null });
});

test.each([[["operator.admin"]], [[...CHAT_SCOPES, "operator.pairing"]], [[]]] as const)(
  "a device that asks for %j, and so for more than a chat, goes on waiting",
  async (scopes) => {
    const elsewhere = await startGatewayElsewhere();
    const { app, log } = openApp(elsewhere, await newStorage());
    await approveApp(elsewhere, log);
    const greedy = await knock(elsewhere, scopes);
    expect(await app.approve(greedy.requestId)).toEqual({ approved: false, app: null });
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
  expect(await other.app.approve(browser.requestId)).toEqual({ approved: true, app: null });

  const old = storage.keyRing[0];
  const fresh = parseKeyRing(newKey("k2"));
  expect(await resealAll(storage.database, [fresh[0], old])).toBe(1);
  expect([...(await countSealed(storage.database)).keys()]).toEqual(["k2"]);
  const later = openApp(elsewhere, { ...storage, keyRing: fresh });
  const another = await knock(elsewhere);
  expect(await later.app.approve(another.requestId)).toEqual({ approved: true, app: null });
  expect(await resealAll(storage.database, fresh)).toBe(0);
});

test("a token that the gateway does not take, or a gateway that is away, is told in the log without the token", async () => {
  const elsewhere = await startGatewayElsewhere();
  const wrong = openApp({ ...elsewhere, token: "another-gateways-token" }, await newStorage());
  await vi.waitFor(() =>
    expect(wrong.log()).toContain("see that it runs and that CHAT_GATEWAY_TOKEN is its token"),
  );
  await expect(wrong.app.approve("anybody")).rejects.toThrow(GatewayControlError);
  const away = openApp({ url: "ws://127.0.0.1:9", token: "whatever-token" }, await newStorage());
  await vi.waitFor(() => expect(away.log()).toContain("see that it runs"));
  expect(wrong.log() + away.log()).not.toMatch(/another-gateways-token|whatever-token/);
});
