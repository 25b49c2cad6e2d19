import { request } from "node:http";

import { describe, expect, test } from "vitest";

import { trustedAddresses } from "../src/index.ts";
import type { Route } from "../src/index.ts";
import { readyRoute, startFront, startUpstream } from "./rig.ts";

describe("which addresses are trusted", () => {
  test.each<[string, string, boolean]>([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["192.168.1.7", "192.168.1.7", true],
    ["192.168.1.7", "192.168.1.8", false],
    ["::ffff:10.0.0.0/104", "10.9.9.9", true],
    ["::ffff:10.0.0.1", "10.0.0.1", true],
    ["fd00::/8", "fd12:3456::1", true],
    ["fd00::/8", "fe80::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["::1", "::1", true],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["127.0.0.1", "", false],
    ["127.0.0.1", "unix", false],
  ])("%s holds %s: %s", (range, address, held) => {
    expect(trustedAddresses([range])(address)).toBe(held);
  });

  test.each(["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/x", "example.com", "fd00::/129"])(
    "%j is no range, and the error says how to write one",
    (entry) => {
      expect(() => trustedAddresses([entry])).toThrow(/10\.0\.0\.0\/8/);
    },
  );
});

const SPOOFED = {
  "x-forwarded-for": "6.6.6.6, 198.51.100.7, 10.0.0.9",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "evil.test",
  "x-forwarded-port": "6666",
  "x-forwarded-prefix": "/evil",
  "x-forwarded-user": "admin",
  "x-forwarded-anything": "x",
  "x-real-ip": "6.6.6.6",
  forwarded: "for=6.6.6.6",
  "x-request-id": "spoofed",
  x_forwarded_for: "6.6.6.6",
  "x-openclaw-scopes": "operator.admin",
};

async function seenBy(
  options: { trustedProxies?: string[]; route?: Partial<Route> },
  headers: Record<string, string> = SPOOFED,
): Promise<{ seen: Record<string, unknown>; client: string; requestId: string }> {
  let seen: Record<string, unknown> = {};
  const upstream = await startUpstream((req, res) => {
    seen = req.headers;
    res.end();
  });
  const front = await startFront({
    route: readyRoute(upstream.origin, options.route),
    trustedProxies: options.trustedProxies ?? [],
    dropRequestHeaders: ["x-openclaw-scopes"],
    createRequestId: () => "ours-1",
  });
  await new Promise<void>((resolve, reject) => {
    request(
      {
        port: front.port,
        host: "127.0.0.1",
        path: "/r/",
        headers: { host: "app.test:8443", ...headers },
        agent: false,
      },
      (res) => {
        res.resume().on("end", resolve);
      },
    )
      .on("error", reject)
      .end();
  });
  const record = await front.record();
  return { seen, client: record.client, requestId: record.requestId };
}

test("a client's forwarded headers are dropped and ours are written", async () => {
  const { seen, client, requestId } = await seenBy({});
  expect(seen).toMatchObject({
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "app.test:8443",
    "x-forwarded-port": "8443",
    "x-forwarded-prefix": "/r",
    forwarded: 'for=127.0.0.1;host="app.test:8443";proto=http',
    "x-request-id": "ours-1",
  });
  expect(JSON.stringify(seen)).not.toMatch(/6\.6\.6\.6|evil|admin|x-real-ip|spoofed|anything/);
  expect({ client, requestId }).toEqual({ client: "127.0.0.1", requestId: "ours-1" });
});

test("of a trusted proxy's list only the part that trusted proxies wrote is believed", async () => {
  const { seen, client, requestId } = await seenBy({ trustedProxies: ["127.0.0.1", "10.0.0.0/8"] });
  expect(seen).toMatchObject({
    "x-forwarded-for": "198.51.100.7, 10.0.0.9, 127.0.0.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.test",
    "x-forwarded-port": "443",
    "x-forwarded-prefix": "/r",
    forwarded: "for=198.51.100.7;host=evil.test;proto=https",
    "x-request-id": "spoofed",
  });
  expect(seen).not.toHaveProperty("x-forwarded-user");
  expect(seen).not.toHaveProperty("x-real-ip");
  expect({ client, requestId }).toEqual({ client: "198.51.100.7", requestId: "spoofed" });
});

test.each([
  ["not an address", "127.0.0.1"],
  ["", "127.0.0.1"],
  ["[2001:db8::7]:4711", "2001:db8::7"],
  ["198.51.100.7:4711", "198.51.100.7"],
  ["6.6.6.6, garbage, 10.0.0.1", "10.0.0.1"],
])("a trusted proxy that says %j puts the client at %s", async (told, address) => {
  const { client } = await seenBy(
    { trustedProxies: ["127.0.0.1", "10.0.0.0/8"] },
    { "x-forwarded-for": told },
  );
  expect(client).toBe(address);
});

test("an IPv6 client is written as RFC 7239 wants it", async () => {
  const { seen } = await seenBy({ trustedProxies: ["127.0.0.1"] }, { "x-forwarded-for": "2001:db8::7" });
  expect(seen["forwarded"]).toBe('for="[2001:db8::7]";host="app.test:8443";proto=http');
});

test("a route can have none of them, and then the upstream sees no proxy", async () => {
  const { seen } = await seenBy({ route: { forwarded: "none" } });
  expect(Object.keys(seen).filter((name) => name.includes("forwarded") || name === "x-real-ip")).toEqual([]);
});

test("a client on this machine can be given another address, and no other client is", async () => {
  const route = { loopbackClientAs: "203.0.113.1" };
  expect((await seenBy({ route })).seen).toMatchObject({
    "x-forwarded-for": "203.0.113.1",
    forwarded: expect.stringMatching(/^for=203\.0\.113\.1;/),
  });
  const told = { "x-forwarded-for": "198.51.100.7" };
  expect((await seenBy({ route, trustedProxies: ["127.0.0.1"] }, told)).seen).toMatchObject({
    "x-forwarded-for": "198.51.100.7, 127.0.0.1",
  });
});

test("identity headers come from the route and from the decision, never from the client", async () => {
  const { seen } = await seenBy(
    { route: { requestHeaders: { "X-Forwarded-User": "user-42", "x-role": "reader" } } },
    { ...SPOOFED, "x-role": "admin", x_role: "admin" },
  );
  expect(seen).toMatchObject({ "x-forwarded-user": "user-42", "x-role": "reader" });
  expect(JSON.stringify(seen)).not.toContain("admin");
});

test("an upstream that asks for its own name gets it, or the client's if the route says so", async () => {
  expect((await seenBy({})).seen["host"]).toMatch(/^127\.0\.0\.1:\d+$/);
  expect((await seenBy({ route: { hostHeader: "client" } })).seen["host"]).toBe("app.test:8443");
});

test("Authorization passes where the route asks for it", async () => {
  const headers = { authorization: "Basic eA==" };
  expect((await seenBy({}, headers)).seen).not.toHaveProperty("authorization");
  expect((await seenBy({ route: { keepAuthorization: true } }, headers)).seen).toMatchObject(headers);
});

test("a kept prefix reaches the upstream, which is then told of none", async () => {
  const { seen } = await seenBy({ route: { prefix: "keep" } });
  expect(seen).not.toHaveProperty("x-forwarded-prefix");
});
