import { describe, expect, test } from "vitest";
import * as v from "valibot";
import { type Endpoint, endpoints } from "../src/api/endpoints.ts";
import { problem } from "../src/api/problem.ts";
import { launchResponse } from "../src/server/launch-response.ts";
import {
  ask,
  echo,
  FOREIGN,
  type Front,
  type FrontOptions,
  identifyAsAlice,
  identifyByBearer,
  newHouse,
  OWN,
  startFront,
  subdomainOf,
  UNKNOWN,
} from "./support/front.ts";
import { hostOf, launch, openVisit, portOf, visit } from "./support/visit.ts";

const ON_SUBDOMAINS: FrontOptions = { instanceOrigins: { kind: "subdomain", domain: "localhost" } };

/** `POST /api/launch`, as the app's page sends it. */
function post(
  front: Front,
  body: unknown,
  headers: Record<string, string> = { authorization: "Bearer alice" },
): Promise<Response> {
  const { policy, gate } = front;
  const request = new Request(`http://localhost:${front.port}/api/launch`, {
    method: "POST",
    headers: { host: `localhost:${front.port}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const { launches, signOuts } = gate;
  const reportError = (error: unknown) => {
    throw error;
  };
  return launchResponse(request, { identify: identifyByBearer, launches, signOuts, policy, reportError });
}

/** A refusal, which is a problem that the document knows. */
async function problemOf(answer: Response) {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const { problems }: Endpoint = endpoints.launch;
  expect(problems.concat(403)).toContain(answer.status);
  return v.parse(problem, await answer.json());
}

describe("POST /api/launch", () => {
  test("tells the owner where to open it, with a ticket that is good for a minute", async () => {
    const front = await startFront();
    const answer = await post(front, { instanceId: OWN });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const pattern = `^http://127\\.0\\.0\\.1:${front.instancePort}/i/${OWN}/\\?token=[\\w-]{43}$`;
    expect(await answer.json()).toEqual({
      url: expect.stringMatching(new RegExp(pattern)),
      expiresInMs: 60_000,
    });
  });

  test.each([
    ["somebody else's", FOREIGN],
    ["unknown", UNKNOWN],
    ["malformed", "constructor"],
    ["empty", ""],
  ])("an instance that is %s is the same 404", async (_, instanceId) => {
    const answer = await post(await startFront(), { instanceId });
    expect(await problemOf(answer)).toMatchObject({ status: 404, code: "instance-not-found" });
  });

  test.each<[number, unknown, Record<string, string>]>([
    [401, { instanceId: OWN }, {}],
    [400, { instanceId: 7 }, { authorization: "Bearer alice" }],
    [400, null, { authorization: "Bearer alice" }],
    [400, { instanceId: OWN }, { authorization: "Bearer alice", "content-type": "text/plain" }],
    [403, { instanceId: OWN }, { authorization: "Bearer alice", origin: "https://evil.example" }],
    [403, { instanceId: OWN }, { authorization: "Bearer alice", "sec-fetch-site": "same-site" }],
    [413, { instanceId: OWN, path: "/".repeat(20_000) }, { authorization: "Bearer alice" }],
  ])("is answered %i for %o with %o", async (status, body, headers) => {
    expect(await problemOf(await post(await startFront(), body, headers))).toMatchObject({ status });
  });

  test("is refused where pages of gateways run nowhere", async () => {
    const front = await startFront({ instanceOrigins: { kind: "none" } });
    expect(await problemOf(await post(front, { instanceId: OWN }))).toMatchObject({ status: 409 });
  });

  test("has an end, for each person alone and in all processes together", async () => {
    const house = await newHouse();
    const [front, other] = [
      await startFront({ house, limitLaunches: true }),
      await startFront({ house, limitLaunches: true }),
    ];
    const { points } = endpoints.launch.rate;
    for (let count = 0; count < points; count += 1)
      expect((await post(front, { instanceId: OWN })).status).toBe(201);
    const refused = await post(other, { instanceId: OWN });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await problemOf(refused)).toMatchObject({ status: 429 });
    const bobs = await post(front, { instanceId: FOREIGN }, { authorization: "Bearer bob" });
    expect(bobs.status).toBe(201);
  });

  test("a sign-in that is over gets none", async () => {
    const front = await startFront({ house: await newHouse() });
    await front.gate.signOuts.end("sess_alice");
    expect((await post(front, { instanceId: OWN })).status).toBe(404);
  });
});

describe.each<[string, FrontOptions]>([
  ["on the second port", {}],
  ["on its subdomain", ON_SUBDOMAINS],
])("a ticket %s", (_, options) => {
  test("is swapped once for a cookie of that gateway alone and the clean address", async () => {
    const front = await startFront(options);
    const url = await launch(front, "alice", OWN);
    const { status, headers } = await openVisit(front, url);
    expect(status).toBe(303);
    expect(headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    const path = front.origins.hostRules.length > 0 ? "/" : `/i/${OWN}`;
    const [cookie = "", ...more] = headers["set-cookie"] ?? [];
    expect(more).toEqual([]);
    expect(cookie).toMatch(/^automna_visit=[\w.-]+; Max-Age=43200; /);
    expect(cookie).toContain(`; Path=${path}; HttpOnly; SameSite=Lax`);
    expect(cookie).not.toContain("Domain");
    expect(headers.location).toBe(`${url.origin}${url.pathname}`);
    expect(headers.location).not.toContain("token");
    expect(front.arrivals).toEqual([]);

    const visitor = { host: url.host, cookie: cookie.slice(0, cookie.indexOf(";")) };
    const shown = await ask(portOf(front), `${url.pathname}x?y=1`, { headers: visitor });
    expect(shown.status).toBe(200);
    expect(await echo(portOf(front), `${url.pathname}ws`, { ...visitor, origin: url.origin })).toEqual({
      echoed: "hello",
    });
    expect(front.arrivals.map(({ kind, instance, url }) => `${kind} ${instance} ${url}`)).toEqual([
      `http ${OWN} /x?y=1`,
      `upgrade ${OWN} /ws`,
    ]);
    for (const { headers } of front.arrivals) expect(headers.cookie).toBeUndefined();
    expect((await openVisit(front, url)).status).toBe(404);
  });

  test("leads to the page that was asked for on the app's origin", async () => {
    const front = await startFront(options);
    const asked = { headers: { authorization: "Bearer alice", "sec-fetch-dest": "document" } };
    const sent = await ask(front.port, `/i/${OWN}/canvas/%2e?a=1&a=2`, asked);
    const { headers } = await openVisit(front, new URL(sent.headers.location ?? ""));
    expect(headers.location).toMatch(/\/canvas\/%2e\?a=1&a=2$/);
  });

  test("that is used on the app's origin is swapped for one that is good here", async () => {
    const front = await startFront(options);
    const { searchParams } = await launch(front, "alice", OWN);
    const sent = await ask(front.port, `/i/${OWN}/?token=${searchParams.get("token")}`);
    expect(sent.status).toBe(303);
    const visit = await openVisit(front, new URL(sent.headers.location ?? ""));
    expect(visit).toMatchObject({ status: 303 });
    expect(visit.headers["set-cookie"]).toHaveLength(1);
  });
});

describe("on a gateway's own origin", () => {
  test("a subdomain shows its own instance and no other, whatever the path says", async () => {
    const front = await startFront(ON_SUBDOMAINS);
    const { origin, cookie } = await visit(front, "alice", OWN);
    const host = new URL(origin).host;
    const own = await ask(portOf(front), `/i/${OWN}/x`, { headers: { host, cookie } });
    expect(own.status).toBe(200);
    const other = await ask(portOf(front), `/i/${FOREIGN}/x`, { headers: { host, cookie } });
    expect(other.status).toBe(404);
    const elsewhere = { host: hostOf(front, subdomainOf(FOREIGN)), cookie };
    expect((await ask(portOf(front), "/x", { headers: elsewhere })).status).toBe(404);
    expect((await ask(portOf(front), `/i/${OWN}/x`, { headers: elsewhere })).status).toBe(404);
    expect(front.arrivals.map(({ instance, url }) => `${instance} ${url}`)).toEqual([`${OWN} /x`]);
  });

  test("a gateway that knows its base path is asked for it, also at the root of its subdomain", async () => {
    const front = await startFront({ ...ON_SUBDOMAINS, route: { prefix: "keep" } });
    const url = await launch(front, "alice", OWN);
    const { headers } = await openVisit(front, url);
    expect(headers.location).toBe(`${url.origin}/i/${OWN}/`);
    const cookie = (headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
    await ask(portOf(front), "/ws?x=1", { headers: { host: url.host, cookie } });
    await ask(portOf(front), `/i/${OWN}/y`, { headers: { host: url.host, cookie } });
    expect(front.arrivals.map(({ url }) => url)).toEqual([`/i/${OWN}/ws?x=1`, `/i/${OWN}/y`]);
  });

  test("the app's session counts for nothing, and nothing of the app is there", async () => {
    const front = await startFront();
    const headers = { host: `127.0.0.1:${front.instancePort}`, authorization: "Bearer alice" };
    for (const path of ["/", "/chat", "/api/user/gateway", "/_next/x", `/i/${OWN}/`])
      expect((await ask(front.instancePort, path, { headers })).status).toBe(404);
    expect(await echo(front.instancePort, "/_next/hmr", headers)).toMatchObject({ status: 404 });
    expect([...front.arrivals, ...front.pages, ...front.pageUpgrades]).toEqual([]);
  });

  test("a person without a ticket is told where to get one, and no more", async () => {
    const front = await startFront();
    const bodies: string[] = [];
    for (const id of [OWN, FOREIGN, UNKNOWN]) {
      const headers = {
        host: `127.0.0.1:${front.instancePort}`,
        "sec-fetch-dest": "document",
        accept: "text/html",
      };
      const answer = await ask(front.instancePort, `/i/${id}/`, { headers });
      expect(answer.status).toBe(404);
      bodies.push(answer.body.replace(/[\w-]+<\/small>/, ""));
    }
    expect(bodies[0]).toContain(`http://localhost:${front.port}/`);
    expect(new Set(bodies).size).toBe(1);
  });

  test("the gateway's own policy holds, and beside it nobody else may frame the page", async () => {
    const words = {
      "content-type": "text/html",
      "content-security-policy": "default-src 'self'",
      "clear-site-data": '"*"',
      "service-worker-allowed": "/",
      "set-cookie": ["a=1; Path=/; Domain=localhost", "automna_visit=forged; Path=/"],
    };
    const front = await startFront({ gateway: (_, res) => res.writeHead(200, words).end("page") });
    const { origin, cookie } = await visit(front, "alice", OWN);
    const host = new URL(origin).host;
    const { headers } = await ask(portOf(front), `/i/${OWN}/`, { headers: { host, cookie } });
    expect(headers["content-security-policy"]).toBe("default-src 'self', frame-ancestors 'self'");
    expect(headers["clear-site-data"]).toBeUndefined();
    expect(headers["service-worker-allowed"]).toBeUndefined();
    expect(headers["set-cookie"]).toEqual([`a=1; Path=/i/${OWN}/`]);
    expect(headers.vary).toContain("cookie");
  });

  test.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-dest": "empty" }],
    [{ "sec-fetch-site": "same-site", "sec-fetch-dest": "iframe" }],
    [{ "sec-fetch-site": "none", "sec-fetch-dest": "image" }],
  ])("a request with %o is another page's, and refused", async (headers) => {
    const front = await startFront({ identify: identifyAsAlice });
    const { origin, cookie } = await visit(front, "alice", OWN);
    const all = { host: new URL(origin).host, cookie, ...headers };
    expect((await ask(portOf(front), `/i/${OWN}/x`, { headers: all })).status).toBe(403);
    if ("origin" in headers)
      expect(await echo(portOf(front), `/i/${OWN}/x`, all)).toMatchObject({ status: 403 });
    expect(front.arrivals).toEqual([]);
  });

  test("a page of the app may not open a socket there, nor a page from there one of the app", async () => {
    const front = await startFront({ identify: identifyAsAlice });
    const { origin, cookie } = await visit(front, "alice", OWN);
    const app = `http://localhost:${front.port}`;
    const there = { host: new URL(origin).host, cookie, origin: app };
    expect(await echo(portOf(front), `/i/${OWN}/x`, there)).toMatchObject({ status: 403 });
    expect(await echo(front.port, `/i/${OWN}/x`, { origin })).toMatchObject({ status: 403 });
    expect(front.arrivals).toEqual([]);
  });
});
