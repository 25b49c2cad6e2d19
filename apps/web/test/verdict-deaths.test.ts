import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { endSession } from "@automna/control-plane/database";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { Identify } from "../src/server/identify.ts";
import {
  ask,
  type Front,
  type FrontOptions,
  type House,
  identifyByBearer,
  newHouse,
  OWN,
  startFront,
} from "./support/front.ts";
import { portOf, visit } from "./support/visit.ts";

let house: House;
beforeEach(async () => {
  house = await newHouse();
});

type Visitor = Awaited<ReturnType<typeof visit>>;

const status = async (front: Front, { host, cookie }: Pick<Visitor, "host" | "cookie">) =>
  (await ask(portOf(front), `/i/${OWN}/x`, { headers: { host, cookie } })).status;

/** A cookie that one process gave, at another's address. */
const at = (front: Front, { cookie }: Visitor) => ({ host: `127.0.0.1:${front.instancePort}`, cookie });

async function openSocket(
  front: Front,
  { host, cookie }: Pick<Visitor, "host" | "cookie">,
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(front)}/i/${OWN}/ws`, { headers: { host, cookie } });
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

const soon = (check: () => Promise<void>) => vi.waitFor(check, { interval: 20 });

/** As it could only happen by hand: the database keeps the owner of an instance. */
const changesHands = async ({ database }: House) => {
  await database.$executeRaw`ALTER TABLE "Instance" DISABLE TRIGGER "Instance_keeps_owner"`;
  const { id: ownerId } = await database.user.upsert({
    where: { clerkId: "bob" },
    create: { clerkId: "bob" },
    update: {},
  });
  await database.instance.update({ where: { id: OWN }, data: { ownerId } });
};

const DEATHS: readonly [name: string, happens: (house: House) => Promise<unknown>, endsSockets: boolean][] = [
  ["the owner signs out", ({ database }) => endSession(database, "sess_alice"), true],
  ["the instance changes hands", changesHands, true],
  [
    "the owner's row is given another identity",
    ({ database }) => database.user.update({ where: { clerkId: "alice" }, data: { clerkId: "carol" } }),
    true,
  ],
  [
    "the instance is to be destroyed",
    ({ database }) => database.instance.update({ where: { id: OWN }, data: { desiredState: "destroyed" } }),
    true,
  ],
  [
    "its token is to be rotated",
    ({ database }) =>
      database.instance.update({
        where: { id: OWN },
        data: { nextTokenHash: "k1.next", nextSealedToken: "v1.next" },
      }),
    false,
  ],
  [
    "its token is another one",
    ({ database }) => database.instance.update({ where: { id: OWN }, data: { tokenHash: "k1.other" } }),
    false,
  ],
];

describe("a verdict dies at once, in this process and in every other,", () => {
  test.each(DEATHS)("when %s", async (_, happens, endsSockets) => {
    const here = await startFront({ house });
    const there = await startFront({ house });
    const visitor = await visit(here, "alice", OWN);
    const places = [
      [here, visitor],
      [there, at(there, visitor)],
    ] as const;
    const sockets: WebSocket[] = [];
    for (const [front, as] of places) {
      expect(await status(front, as)).toBe(200);
      sockets.push(await openSocket(front, as));
    }
    const closes = sockets.map(async (socket) => (await once(socket, "close"))[0]);
    await happens(house);
    for (const [front, as] of places) await soon(async () => expect(await status(front, as)).toBe(404));
    if (endsSockets) expect(await Promise.all(closes)).toEqual([1008, 1008]);
    // The gateway itself ends those that it let in by the old token.
    else expect(sockets.map(({ readyState }) => readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    await expect(openSocket(here, visitor)).rejects.toThrow("404");
  });

  test("and another sign-in of the same person keeps its own", async () => {
    const front = await startFront({ house });
    const one = await visit(front, "alice", OWN, "sess_1");
    const other = await visit(front, "alice", OWN, "sess_2");
    await endSession(house.database, "sess_1");
    await soon(async () => expect(await status(front, one)).toBe(404));
    expect(await status(front, other)).toBe(200);
  });
});

test("a browser that comes back signed out ends what it had opened, without any webhook", async () => {
  const front = await startFront({ house });
  const { gate, policy } = front;
  const visitor = await visit(front, "alice", OWN);
  const mark = gate.signOuts.mark("sess_alice", policy.originOf(undefined))?.split(";")[0] ?? "";
  const signedIn = [`${mark}; __session=jwt; __client_uat=1790000000`, `${mark}; __client_uat=1790000000`];
  for (const cookie of signedIn) await ask(front.port, "/", { headers: { cookie } });
  expect(await status(front, visitor)).toBe(200);
  const forged = `${mark.split(".")[0]}.k1.${randomBytes(32).toString("base64url")}; __client_uat=0`;
  await ask(front.port, "/", { headers: { cookie: forged } });
  expect(await status(front, visitor)).toBe(200);

  const { headers } = await ask(front.port, "/", { headers: { cookie: `${mark}; __client_uat=0` } });
  expect(headers["set-cookie"]).toEqual(["automna_opened=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
  await soon(async () => expect(await status(front, visitor)).toBe(404));
});

describe("a visit", () => {
  async function startAt(options: FrontOptions) {
    const time = { now: Date.now() };
    const front = await startFront({ house, now: () => time.now, ...options });
    return { front, time, visitor: await visit(front, "alice", OWN) };
  }
  const MINUTES = 60_000;

  test("ends after twelve hours", async () => {
    const { front, time, visitor } = await startAt({});
    time.now += 12 * 60 * MINUTES;
    expect(await status(front, visitor)).toBe(404);
  });

  test("asks every minute whether the sign-in still lasts, and goes on with a newer verdict", async () => {
    const isSessionActive = vi.fn(() => Promise.resolve(true));
    const { front, time, visitor } = await startAt({ isSessionActive });
    time.now += 0.9 * MINUTES;
    expect(await status(front, visitor)).toBe(200);
    expect(isSessionActive).not.toHaveBeenCalled();
    time.now += 0.1 * MINUTES;
    const { headers } = await ask(portOf(front), `/i/${OWN}/x`, { headers: { ...visitor } });
    expect(isSessionActive).toHaveBeenCalledExactlyOnceWith("sess_alice");
    const renewed = { ...visitor, cookie: headers["set-cookie"]?.[0]?.split(";")[0] ?? "" };
    time.now += 0.9 * MINUTES;
    expect(await status(front, renewed)).toBe(200);
    expect(isSessionActive).toHaveBeenCalledOnce();
    time.now += 12 * 60 * MINUTES - 2 * MINUTES;
    expect(await status(front, renewed)).toBe(200);
    time.now += 1 * MINUTES;
    expect(await status(front, renewed)).toBe(404);
  });

  test("ends everywhere when it turns out that the sign-in is over", async () => {
    const { front, time, visitor } = await startAt({ isSessionActive: () => Promise.resolve(false) });
    const other = await startFront({ house });
    time.now += 1 * MINUTES;
    expect(await status(front, visitor)).toBe(404);
    await soon(async () => expect(await status(other, at(other, visitor))).toBe(404));
  });

  test("waits when that cannot be found out", async () => {
    const { front, time, visitor } = await startAt({
      isSessionActive: () => Promise.reject(new Error("down")),
    });
    time.now += 1 * MINUTES;
    expect(await status(front, visitor)).toBe(503);
    expect(front.arrivals).toEqual([]);
  });
});

describe("without a webhook", () => {
  /** A front whose minutes pass when the test says so. */
  async function startWatched(isSessionActive: (sessionId: string) => Promise<boolean>) {
    const rounds: (() => void)[] = [];
    const repeat = (task: () => void) => {
      rounds.push(task);
      return () => undefined;
    };
    const front = await startFront({ house, isSessionActive, repeat });
    const aMinutePasses = () => {
      for (const round of rounds) round();
    };
    return { front, aMinutePasses };
  }

  test("what is open ends within a minute of the sign-out, in every process, on both origins", async () => {
    const over = new Set<string>();
    const asked: string[] = [];
    const { front, aMinutePasses } = await startWatched((sessionId) => {
      asked.push(sessionId);
      return Promise.resolve(!over.has(sessionId));
    });
    const there = await startFront({ house });
    const leaver = await visit(front, "alice", OWN, "sess_1");
    const stayer = await visit(front, "alice", OWN, "sess_2");
    const onApp = { host: `localhost:${front.port}`, authorization: "Bearer alice/sess_1" };
    const chat = new WebSocket(`ws://127.0.0.1:${front.port}/i/${OWN}/ws`, { headers: onApp });
    onTestFinished(() => chat.terminate());
    await once(chat, "open");
    const ending = [chat, await openSocket(front, leaver), await openSocket(there, at(there, leaver))];
    const lasting = await openSocket(front, stayer);
    aMinutePasses();
    await soon(() => Promise.resolve(expect(asked.toSorted()).toEqual(["sess_1", "sess_2"])));
    expect(await status(front, leaver)).toBe(200);

    over.add("sess_1");
    const closes = ending.map(async (socket) => (await once(socket, "close"))[0]);
    aMinutePasses();
    expect(await Promise.all(closes)).toEqual([1008, 1008, 1008]);
    expect(await status(front, leaver)).toBe(404);
    await soon(async () => expect(await status(there, at(there, leaver))).toBe(404));
    expect(lasting.readyState).toBe(WebSocket.OPEN);
    expect(await status(front, stayer)).toBe(200);
  });

  test("what is open stays open while Clerk cannot be asked, and ends when it can", async () => {
    let answer: () => Promise<boolean> = () => Promise.reject(new Error("down"));
    const isSessionActive = vi.fn(() => answer());
    const { front, aMinutePasses } = await startWatched(isSessionActive);
    const socket = await openSocket(front, await visit(front, "alice", OWN));
    aMinutePasses();
    await soon(() => Promise.resolve(expect(isSessionActive).toHaveBeenCalledOnce()));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    answer = () => Promise.resolve(false);
    const closed = once(socket, "close");
    await soon(() => {
      aMinutePasses();
      return Promise.resolve(expect(isSessionActive.mock.calls.length).toBeGreaterThan(1));
    });
    expect((await closed)[0]).toBe(1008);
  });

  test("one question is asked of Clerk, however many requests wait for its answer", async () => {
    const time = { now: Date.now() };
    const isSessionActive = vi.fn(() => Promise.resolve(true));
    const front = await startFront({ house, isSessionActive, now: () => time.now });
    const visitor = await visit(front, "alice", OWN);
    time.now += 61_000;
    const asked = Array.from({ length: 20 }, () => status(front, visitor));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    expect(isSessionActive).toHaveBeenCalledOnce();
  });
});

describe("on the app's origin", () => {
  const own = (front: Front, headers: Record<string, string>) => ask(front.port, `/i/${OWN}/x`, { headers });

  test("who somebody is is asked once for a session's token, and anew for the next one", async () => {
    const now = Date.now();
    const identify = vi.fn<Identify>(async (...request) => {
      const somebody = await identifyByBearer(...request);
      return somebody && { ...somebody, expiresAt: now + 60_000 };
    });
    const front = await startFront({ house, identify, now: () => now });
    const session = { authorization: "Bearer alice/sess_1" };
    const { headers } = await own(front, session);
    const [set = ""] = headers["set-cookie"] ?? [];
    expect(set).toMatch(
      new RegExp(`^automna_verdict=.*; Max-Age=60; Path=/i/${OWN}; HttpOnly; SameSite=Lax$`),
    );
    const cookie = set.split(";")[0] ?? "";
    expect((await own(front, { ...session, cookie })).status).toBe(200);
    expect(identify).toHaveBeenCalledOnce();
    expect((await own(front, { authorization: "Bearer alice/sess_2", cookie })).status).toBe(200);
    expect(identify).toHaveBeenCalledTimes(2);
    expect((await own(front, { authorization: "Bearer bob", cookie })).status).toBe(404);
    // Signed out: the session is gone from the browser, and its verdict is worth nothing.
    expect((await own(front, { cookie })).status).toBe(404);
    // Nor is it worth anything where gateways' own pages run.
    const there = { host: `127.0.0.1:${front.instancePort}`, cookie: cookie.replace("verdict", "visit") };
    expect((await ask(front.instancePort, `/i/${OWN}/x`, { headers: there })).status).toBe(404);
  });

  test("a sign-in that is over counts for nothing, also while its token is still good", async () => {
    const front = await startFront({ house });
    const session = { authorization: "Bearer alice/sess_1" };
    const cookie = (await own(front, session)).headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    await endSession(house.database, "sess_1");
    await soon(async () => expect((await own(front, { ...session, cookie })).status).toBe(404));
    expect((await own(front, session)).status).toBe(404);
  });
});

describe("when changes cannot be heard", () => {
  test("the database is asked for every request, and what was missed ends when the line is back", async () => {
    const line = await startRelay(house.url);
    const front = await startFront({ house, newsUrl: line.url });
    const visitor = await visit(front, "alice", OWN);
    expect(await status(front, visitor)).toBe(200);
    const socket = await openSocket(front, visitor);
    const closed = once(socket, "close");
    line.cut();
    await endSession(house.database, "sess_alice");
    // No news came, and there will be none; the very next request is refused.
    await soon(async () => expect(await status(front, visitor)).toBe(404));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    line.mend();
    expect((await closed)[0]).toBe(1008);
  });

  test("and a line that is silent, but not closed, is not believed for long", async () => {
    const line = await startRelay(house.url);
    const front = await startFront({ house, newsUrl: line.url });
    const visitor = await visit(front, "alice", OWN);
    expect(await status(front, visitor)).toBe(200);
    line.freeze();
    await changesHands(house);
    await vi.waitFor(async () => expect(await status(front, visitor)).toBe(404), {
      interval: 100,
    });
  });
});

/** A connection to the database that can be cut or frozen. */
async function startRelay(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const open = new Set<Socket>();
  const state = { isCut: false };
  const server = createTcpServer((near) => {
    if (state.isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const cut = () => {
    state.isCut = true;
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: url.href,
    cut,
    mend() {
      state.isCut = false;
    },
    freeze() {
      for (const socket of open) socket.unpipe().pause();
    },
  };
}
