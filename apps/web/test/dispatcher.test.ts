import { describe, expect, test } from "vitest";
import { LOCAL_USER } from "../src/server/identify.ts";
import { ask, echo, FOREIGN, identifyAsAlice, OWN, startFront, UNKNOWN } from "./support/front.ts";

const ALICE = { authorization: "Bearer alice" };
const NOT_FOUND = JSON.stringify({ error: "Instance not found or not running" });

describe("who may reach a gateway", () => {
  test("its owner does, over HTTP and over a socket, and the prefix is gone", async () => {
    const { port, arrivals } = await startFront();
    const body = "x".repeat(300_000);
    const posted = await ask(port, `/i/${OWN}/v1/chat?a=1&a=2`, { method: "POST", headers: ALICE, body });
    expect(posted).toMatchObject({ status: 200, body });
    expect(await echo(port, `/i/${OWN}/ws`, ALICE)).toEqual({ echoed: "hello" });
    expect(arrivals).toMatchObject([
      { kind: "http", instance: OWN, url: "/v1/chat?a=1&a=2" },
      { kind: "upgrade", instance: OWN, url: "/ws" },
    ]);
  });

  test.each([
    ["nobody, to an instance", {}, `/i/${OWN}/`],
    ["alice, to bob's instance", ALICE, `/i/${FOREIGN}/`],
    ["alice, to an instance that does not exist", ALICE, `/i/${UNKNOWN}/`],
    ["alice, to an id that none can have", ALICE, "/i/constructor/"],
    ["alice, to an id in capitals", ALICE, `/i/${OWN.toUpperCase()}/`],
    ["alice, to an escaped id", ALICE, `/i/%61${OWN.slice(1)}/`],
    ["alice, to no id", ALICE, "/i/"],
    ["alice, to an id with a dot segment", ALICE, `/i/${OWN}x/../`],
  ])("%s: the same 404 over HTTP and WebSocket, and no gateway hears of it", async (_, headers, path) => {
    const { port, arrivals, pages } = await startFront();
    expect(await ask(port, path, { headers })).toMatchObject({ status: 404, body: NOT_FOUND });
    expect(await echo(port, path, headers)).toEqual({ status: 404, body: NOT_FOUND });
    expect(arrivals).toEqual([]);
    expect(pages).toEqual([]);
  });

  test("a dot segment cannot lead from one's own instance into another", async () => {
    const { port, arrivals } = await startFront();
    await ask(port, `/i/${OWN}/../${FOREIGN}/secret`, { headers: ALICE });
    await ask(port, `/i/${OWN}/%2e%2e/${FOREIGN}/secret`, { headers: ALICE });
    expect(arrivals.filter(({ instance }) => instance === FOREIGN)).toEqual([]);
  });

  test("a gateway that is starting is 503 with the time to wait, for its owner only", async () => {
    const { port, routes, arrivals } = await startFront();
    const route = routes.get(OWN);
    if (!route) throw new Error("no route");
    routes.set({ ...route, state: { status: "starting", retryAfterMs: 1000 } });
    expect(await ask(port, `/i/${OWN}/`, { headers: ALICE })).toMatchObject({
      status: 503,
      headers: { "retry-after": "1" },
    });
    expect(await echo(port, `/i/${OWN}/`, ALICE)).toMatchObject({ status: 503 });
    expect(await ask(port, `/i/${OWN}/`)).toMatchObject({ status: 404 });
    expect(arrivals).toEqual([]);
  });

  test("the sender's session never reaches the gateway", async () => {
    const { port, arrivals } = await startFront();
    const headers = {
      ...ALICE,
      cookie: "other=1",
      "x-forwarded-for": "203.0.113.9",
      forwarded: "for=1.2.3.4",
    };
    await ask(port, `/i/${OWN}/`, { headers });
    await echo(port, `/i/${OWN}/`, headers);
    expect(arrivals).toHaveLength(2);
    for (const arrival of arrivals)
      for (const name of ["authorization", "x-forwarded-for", "forwarded", "x-real-ip"])
        expect(arrival.headers[name]).toBeUndefined();
  });
});

test("a gateway that trusts the router's word gets it, and never a client's", async () => {
  const { port, arrivals } = await startFront({ route: { requestHeaders: { "x-forwarded-user": "alice" } } });
  const forged = {
    "x-forwarded-user": "root",
    x_forwarded_user: "root",
    "x-openclaw-scopes": "operator.admin",
  };
  await ask(port, `/i/${OWN}/`, { headers: { ...ALICE, ...forged } });
  await echo(port, `/i/${OWN}/`, { ...ALICE, ...forged });
  expect(arrivals).toHaveLength(2);
  for (const { headers } of arrivals) {
    expect(headers["x-forwarded-user"]).toBe("alice");
    for (const name of ["x_forwarded_user", "x-openclaw-scopes"]) expect(headers[name]).toBeUndefined();
  }
});

describe("a page of somebody else in the person's browser", () => {
  const local = () => startFront({ identify: identifyAsAlice });

  test.each([
    ["evil.example"],
    ["localhost.evil.example"],
    ["127.0.0.1.nip.io"],
    ["169.254.169.254"],
    ["localhost:1"],
  ])("cannot rebind %s to this server", async (host) => {
    const { port, arrivals, pages, pageUpgrades } = await local();
    for (const path of ["/", "/api/user/gateway", `/i/${OWN}/`]) {
      expect(await ask(port, path, { headers: { host } })).toMatchObject({ status: 421 });
      expect(await echo(port, path, { host })).toMatchObject({ status: 421 });
    }
    expect([...arrivals, ...pages, ...pageUpgrades]).toEqual([]);
  });

  test.each([["https://evil.example"], ["null"], ["http://localhost:1"], ["https://localhost"]])(
    "cannot open a socket from %s",
    async (origin) => {
      const { port, arrivals, pageUpgrades } = await local();
      for (const path of [`/i/${OWN}/`, "/_next/hmr"])
        expect(await echo(port, path, { origin })).toMatchObject({ status: 403 });
      expect([...arrivals, ...pageUpgrades]).toEqual([]);
    },
  );

  test.each([
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
  ])("cannot send a gateway a request with %o", async (headers) => {
    const { port, arrivals } = await local();
    expect(await ask(port, `/i/${OWN}/v1/chat`, { method: "POST", headers, body: "{}" })).toMatchObject({
      status: 403,
    });
    expect(arrivals).toEqual([]);
  });

  test("the app's own page can, by each of its names", async () => {
    const { port } = await local();
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
      expect(await echo(port, `/i/${OWN}/`, headers)).toEqual({ echoed: "hello" });
      const fetched = await ask(port, `/i/${OWN}/`, {
        headers: { ...headers, "sec-fetch-site": "same-origin" },
      });
      expect(fetched.status).toBe(200);
    }
  });
});

describe("a gateway's own pages", () => {
  test.each(["iframe", "frame", "script", "style", "worker", "serviceworker", "object", "embed"])(
    "are not given to the app's origin as a %s",
    async (destination) => {
      const { port, arrivals } = await startFront();
      const headers = { ...ALICE, "sec-fetch-dest": destination };
      const answer = await ask(port, `/i/${OWN}/`, { headers });
      expect(answer).toMatchObject({ status: 403, headers: { "content-type": "application/problem+json" } });
      expect(answer.body).toContain("/chat");
      expect(arrivals).toEqual([]);
    },
  );

  test("are opened on an origin of their own instead, by a browser that wants to show one", async () => {
    const { port, arrivals, instancePort } = await startFront();
    for (const [name, value] of [
      ["sec-fetch-dest", "document"],
      ["accept", "text/html,*/*;q=0.8"],
    ] as const) {
      const asked = { headers: { ...ALICE, [name]: value } };
      const { status, headers } = await ask(port, `/i/${OWN}/canvas?a=1`, asked);
      expect(status).toBe(303);
      expect(headers["cache-control"]).toBe("no-store");
      expect(headers.location).toMatch(
        new RegExp(`^http://127\\.0\\.0\\.1:${instancePort}/i/${OWN}/\\?token=[\\w-]{43}$`),
      );
    }
    expect(arrivals).toEqual([]);
  });

  test("are refused where they have no origin to run on", async () => {
    const { port, arrivals } = await startFront({ instanceOrigins: { kind: "none" } });
    const headers = { ...ALICE, accept: "text/html" };
    expect(await ask(port, `/i/${OWN}/`, { headers })).toMatchObject({ status: 403 });
    expect(arrivals).toEqual([]);
  });

  test("cannot overrule what the app says about its origin, nor leave a cookie on it", async () => {
    const gatewaysWords = {
      "content-security-policy": "default-src *",
      "x-frame-options": "ALLOWALL",
      "cross-origin-opener-policy": "unsafe-none",
      "x-content-type-options": "sniff",
      "service-worker-allowed": "/",
      "clear-site-data": '"*"',
      "strict-transport-security": "max-age=0",
      "access-control-allow-origin": "*",
      refresh: "0; url=https://evil.example/",
      "set-cookie": "__session=theirs; Path=/",
    };
    const { port } = await startFront({ gateway: (_, res) => res.writeHead(200, gatewaysWords).end("ok") });
    const { headers } = await ask(port, `/i/${OWN}/`, { headers: ALICE });
    expect(headers).toMatchObject({
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    for (const name of [
      "service-worker-allowed",
      "clear-site-data",
      "refresh",
      "access-control-allow-origin",
    ])
      expect(headers[name]).toBeUndefined();
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(String(headers["set-cookie"])).not.toContain("__session");
  });

  test("have no origin and run nothing, should a browser show one all the same", async () => {
    const { port } = await startFront();
    const { headers } = await ask(port, `/i/${OWN}/`, { headers: ALICE });
    expect(headers["content-security-policy"]).toContain("sandbox");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });
});

describe("everything else", () => {
  test("requests go to Next with a policy whose nonce is never used twice", async () => {
    const { port, pages } = await startFront();
    const first = await ask(port, "/chat?x=1");
    const second = await ask(port, "/chat?x=1", { headers: { "content-security-policy": "script-src *" } });
    expect(pages).toEqual(["/chat?x=1", "/chat?x=1"]);
    for (const { headers, body } of [first, second]) {
      // The header that Next takes the nonce from is ours, whatever the sender wrote.
      expect(JSON.parse(body)).toEqual({ policy: headers["content-security-policy"] });
      expect(headers["content-security-policy"]).toMatch(
        /script-src 'self' 'nonce-[\w+/=]{24}' 'strict-dynamic';/,
      );
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
      });
    }
    expect(first.headers["content-security-policy"]).not.toBe(second.headers["content-security-policy"]);
  });

  test("Next's own sockets go to Next, and what nobody claims gets a real 404", async () => {
    const { port, pageUpgrades } = await startFront();
    expect(await echo(port, "/_next/hmr?id=1")).toMatchObject({ status: 204 });
    expect(await echo(port, "/chat")).toMatchObject({ status: 404 });
    expect(await echo(port, "/")).toMatchObject({ status: 404 });
    expect(pageUpgrades).toEqual(["/_next/hmr?id=1"]);
  });

  test("names that only begin like an instance's are Next's", async () => {
    const { port, pages } = await startFront();
    for (const path of ["/images", "/index", "/I/x"]) await ask(port, path);
    expect(pages).toEqual(["/images", "/index", "/I/x"]);
  });

  test("the local user's id is no Clerk id", () => {
    expect(LOCAL_USER).not.toMatch(/^user_/);
  });
});
