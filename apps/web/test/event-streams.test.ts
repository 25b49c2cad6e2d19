import { deleteIdentity, endSession } from "@automna/control-plane/database";
import { createRouteTable } from "@automna/proxy";
import { expect, onTestFinished, test, vi } from "vitest";
import { openInstanceGate } from "../src/server/instance-gate.ts";
import { createInstanceOrigins } from "../src/server/instance-origins.ts";
import { createLog } from "../src/server/log.ts";
import { createOriginPolicy } from "../src/server/origin-policy.ts";
import { STREAMS_PER_PERSON } from "../src/server/event-streams.ts";
import { identifyByBearer } from "./support/front.ts";
import { type House, isReady, somebody, startHouse, untilInstance } from "./support/house.ts";

const ORIGIN = "http://localhost:3001";

async function withGateway(house: House) {
  const person = somebody();
  await house.gateways.provide(person);
  const { id } = await untilInstance(house, person, isReady);
  return { person, id };
}

function watch(house: House, person: string, id: string, signal: AbortSignal): Promise<Response> {
  const headers = { "sec-fetch-site": "same-origin" };
  const request = new Request(`${ORIGIN}/api/instances/${id}/events`, { headers, signal });
  return house.call(person, "getInstanceEvents", request, { id });
}

/** Reads until the answer ends by itself. */
function read({ body }: Response) {
  const decoder = new TextDecoder();
  const reading = { text: "", ended: false };
  const readAll = async () => {
    for await (const chunk of body ?? []) reading.text += decoder.decode(chunk, { stream: true });
    reading.ended = true;
  };
  readAll().catch(() => undefined);
  return reading;
}

function leaver(): AbortController {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  return leaving;
}

/** The rules of a process that serves both gateways and this API, with the one sign-in that it asks Clerk about. */
async function openGate({ database, url, keyRing, streams }: House, isActive: () => boolean = () => true) {
  const policy = createOriginPolicy({ publicOrigin: null, host: "localhost", port: 3001 });
  const config = { kind: "port", port: null, publicOrigin: null } as const;
  const lookAround: (() => void)[] = [];
  const gate = await openInstanceGate({
    database,
    databaseUrl: url,
    keyRing,
    routes: createRouteTable({ paths: [] }),
    proxy: { revoke: () => 0, exchanges: () => [] },
    streams,
    identity: {
      kind: "clerk",
      clerk: {
        publishableKey: "",
        secretKey: "",
        jwtKey: undefined,
        proxyUrl: undefined,
        jsUrl: undefined,
        uiUrl: undefined,
      },
    },
    identify: identifyByBearer,
    policy,
    origins: createInstanceOrigins({ config, appOrigin: ORIGIN, port: 3002 }),
    log: createLog("silent").logger,
    rateLimit: { take: () => Promise.resolve(0) },
    isSessionActive: () => Promise.resolve(isActive()),
    repeat: (task) => {
      lookAround.push(task);
      return () => undefined;
    },
  });
  onTestFinished(() => gate.close());
  return { lookAround: () => lookAround.forEach((task) => task()) };
}

test("a sign-in that is over ends the events that it opened, and no others", async () => {
  const house = await startHouse();
  await openGate(house);
  const { person, id } = await withGateway(house);
  const over = read(await watch(house, `${person}/sess_1`, id, leaver().signal));
  const other = read(await watch(house, `${person}/sess_2`, id, leaver().signal));
  await vi.waitFor(() => expect([over.text, other.text].join().split("event: state")).toHaveLength(3));
  await endSession(house.database, "sess_1");
  await vi.waitFor(() => expect(over.ended).toBe(true));
  house.lines.set(id, ["still told"]);
  await vi.waitFor(() => expect(other.text).toContain("still told"));
  expect(over.text).not.toContain("still told");
});

test("a sign-in of which only Clerk knows that it is over ends them too", async () => {
  const house = await startHouse();
  let isActive = true;
  const { lookAround } = await openGate(house, () => isActive);
  const { person, id } = await withGateway(house);
  const reading = read(await watch(house, person, id, leaver().signal));
  await vi.waitFor(() => expect(reading.text).toContain("event: state"));
  isActive = false;
  lookAround();
  await vi.waitFor(() => expect(reading.ended).toBe(true));
});

test("a sign-in that ends while its request is looked at opens nothing", async () => {
  let asked = 0;
  const house = await startHouse({
    identify: (...request) => (asked++ === 0 ? identifyByBearer(...request) : Promise.resolve(null)),
  });
  const { person, id } = await withGateway(house);
  const reading = read(await watch(house, person, id, leaver().signal));
  await vi.waitFor(() => expect(reading.ended).toBe(true));
  expect(reading.text).toBe("");
  expect(house.streams.sessions().size).toBe(0);
});

test("somebody who is deleted hears no more of what was theirs", async () => {
  const house = await startHouse();
  const { person, id } = await withGateway(house);
  const reading = read(await watch(house, person, id, leaver().signal));
  await vi.waitFor(() => expect(reading.text).toContain("event: state"));
  await deleteIdentity(house.gateways.commands, person, 60_000);
  await vi.waitFor(() => expect(reading.ended).toBe(true));
  expect((await watch(house, person, id, leaver().signal)).status).toBe(401);
});

test("an owner who deletes their gateway sees what becomes of it", async () => {
  // Once its data is gone as well, there is nothing to watch.
  const house = await startHouse({ keepDataMs: 86_400_000 });
  const { person, id } = await withGateway(house);
  const reading = read(await watch(house, person, id, leaver().signal));
  await house.gateways.command(person, id, "destroy");
  await vi.waitFor(() => expect(reading.text).toContain('"state":"deleted"'));
  expect(reading.ended).toBe(false);
});

test("a reader who left before the answer began leaves nothing behind", async () => {
  const house = await startHouse();
  const { person, id } = await withGateway(house);
  const subscribe = vi.spyOn(house.feed, "subscribe");
  const repeat = vi.spyOn(globalThis, "setInterval");
  onTestFinished(() => void vi.restoreAllMocks());
  const leaving = leaver();
  const asking = watch(house, person, id, leaving.signal);
  leaving.abort();
  const reading = read(await asking);
  await vi.waitFor(() => expect(reading.ended).toBe(true));
  expect(subscribe).not.toHaveBeenCalled();
  expect(repeat).not.toHaveBeenCalled();
  expect(house.streams.sessions().size).toBe(0);
});

test("a person watches so much at once and no more; others are not kept from it", async () => {
  const house = await startHouse();
  const [{ person, id }, other] = [await withGateway(house), await withGateway(house)];
  const readers = Array.from({ length: STREAMS_PER_PERSON }, leaver);
  for (const { signal } of readers) expect((await watch(house, person, id, signal)).status).toBe(200);
  const refused = await watch(house, person, id, leaver().signal);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("15");
  expect(await refused.json()).toMatchObject({
    code: "too-many-streams",
    detail: expect.stringContaining("Close"),
  });
  expect((await watch(house, other.person, other.id, leaver().signal)).status).toBe(200);
  readers[0]?.abort();
  expect((await watch(house, person, id, leaver().signal)).status).toBe(200);
});
