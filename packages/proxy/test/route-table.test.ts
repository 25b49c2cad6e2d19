import { describe, expect, test } from "vitest";

import { createRouteTable, hostName } from "../src/index.ts";
import type { Route, RouteTable } from "../src/index.ts";

const ID = "0123456789abcdef01234567";

function route(id: string): Route {
  return { id, target: { origin: "http://127.0.0.1:1" }, state: { status: "ready" } };
}

function table(): RouteTable {
  return createRouteTable({
    paths: [{ prefix: "/i/", id: /^[0-9a-f]{24}$/ }],
    hosts: [{ domain: "Example.com", label: /^u-[a-z2-7]{10}$/ }],
    matchers: [
      ({ url }) => {
        const name = /^\/api\/auth\/session\/(\w+)(\/novnc\/websock.*)$/.exec(url);
        return name ? { name: name[1] ?? "", prefix: "", rest: name[2] ?? "" } : undefined;
      },
    ],
  });
}

describe("which route a request asks for", () => {
  test.each([
    [`/i/${ID}/`, "/"],
    [`/i/${ID}`, ""],
    [`/i/${ID}?x=1`, "?x=1"],
    [`/i/${ID}/ws`, "/ws"],
    [`/i/${ID}/js/app.js?v=1&v=2`, "/js/app.js?v=1&v=2"],
    [`/i/${ID}//`, "//"],
    [`/i/${ID}/../x`, "/../x"],
    [`/i/${ID}/%2e%2e/x`, "/%2e%2e/x"],
    [`/i/${ID}/i/${ID}`, `/i/${ID}`],
  ])("%s is a path route with the rest %s", (url, rest) => {
    expect(table().identify({ url, host: "localhost" })).toEqual({
      by: "path",
      name: ID,
      prefix: `/i/${ID}`,
      rest,
    });
  });

  test.each([
    "/",
    "/i",
    "/i/",
    "/i//",
    `/I/${ID}/`,
    `/i/${ID.toUpperCase()}/`,
    `/i/${ID}0/`,
    `/i/${ID.slice(1)}/`,
    `/i/${ID}%2f`,
    `/i/%30${ID.slice(1)}/`,
    `/i/${ID};x/`,
    `/i/${ID}\n/`,
    `//i/${ID}/`,
    `/x/../i/${ID}/`,
    "/i/constructor/",
    "/i/__proto__/",
    "/constructor",
    "/%",
    "",
  ])("%j is nobody's", (url) => {
    expect(table().identify({ url, host: undefined })).toBeUndefined();
  });

  test.each([
    ["u-abcdefghij.example.com", true],
    ["U-ABCDEFGHIJ.EXAMPLE.COM:8443", true],
    ["u-abcdefghij.example.com.", true],
    ["u-abcdefghij.example.com.evil.test", false],
    ["x.u-abcdefghij.example.com", false],
    ["u-abcdefghijexample.com", false],
    ["example.com", false],
    [".example.com", false],
    ["[::1]:80", false],
    ["", false],
  ])("the host %s names a route: %s", (host, found) => {
    const key = table().identify({ url: "/a?b", host });
    expect(key).toEqual(found ? { by: "host", name: "u-abcdefghij", prefix: "", rest: "/a?b" } : undefined);
  });

  test("a path wins over a host, and a matcher comes last", () => {
    const routes = table();
    const host = "u-abcdefghij.example.com";
    expect(routes.identify({ url: `/i/${ID}/`, host })).toMatchObject({ by: "path" });
    expect(routes.identify({ url: "/api/auth/session/s1/novnc/websock?x", host })).toMatchObject({
      by: "host",
    });
    expect(routes.identify({ url: "/api/auth/session/s1/novnc/websock?x", host: "f" })).toEqual({
      by: "custom",
      name: "s1",
      prefix: "",
      rest: "/novnc/websock?x",
    });
  });

  test("a pattern with the global flag keeps no state", () => {
    const routes = createRouteTable({ paths: [{ prefix: "/i/", id: /[a-z]+/g }] });
    for (let count = 0; count < 3; count += 1) {
      expect(routes.identify({ url: "/i/abc/", host: undefined })).toMatchObject({ name: "abc" });
      expect(routes.identify({ url: "/i/abc1/", host: undefined })).toBeUndefined();
    }
  });
});

describe("routes at run time", () => {
  test("are added, replaced and removed with all their names", () => {
    const routes = table();
    const first = route("a");
    routes.set(first, { hosts: ["U-one"], custom: ["s1"] });
    expect(routes.lookup({ by: "path", name: "a" })).toBe(first);
    expect(routes.lookup({ by: "host", name: "u-one" })).toBe(first);
    expect(routes.lookup({ by: "custom", name: "s1" })).toBe(first);
    const second = route("a");
    routes.set(second, { path: null, hosts: ["u-two"] });
    expect(routes.size).toBe(1);
    expect(routes.get("a")).toBe(second);
    expect([...routes.values()]).toEqual([second]);
    expect(routes.lookup({ by: "path", name: "a" })).toBeUndefined();
    expect(routes.lookup({ by: "host", name: "u-one" })).toBeUndefined();
    expect(routes.lookup({ by: "host", name: "u-two" })).toBe(second);
    expect(routes.delete("a")).toBe(true);
    expect(routes.delete("a")).toBe(false);
    expect(routes.lookup({ by: "host", name: "u-two" })).toBeUndefined();
  });

  test("of one space are not found in another", () => {
    const routes = table();
    routes.set(route("a"), { hosts: ["b"] });
    expect(routes.lookup({ by: "host", name: "a" })).toBeUndefined();
    expect(routes.lookup({ by: "path", name: "b" })).toBeUndefined();
  });

  test("a name that moved to another route stays when its first route goes", () => {
    const routes = table();
    routes.set(route("a"), { hosts: ["shared"] });
    const second = route("b");
    routes.set(second, { hosts: ["shared"] });
    routes.delete("a");
    expect(routes.lookup({ by: "host", name: "shared" })).toBe(second);
  });

  test("a hundred thousand of them are not searched through", () => {
    const few = table();
    const many = table();
    const id = (index: number): string => index.toString(16).padStart(24, "0");
    for (let index = 0; index < 10; index += 1) few.set(route(id(index)));
    for (let index = 0; index < 100_000; index += 1) many.set(route(id(index)), { hosts: [`u-${index}`] });
    expect(many.size).toBe(100_000);
    const urls = Array.from({ length: 10 }, (_, index) => `/i/${id(index)}/x`);
    const time = (routes: RouteTable): number => {
      const started = performance.now();
      for (let count = 0; count < 2_000; count += 1) {
        const key = routes.identify({ url: urls[count % 10] ?? "", host: "localhost" });
        if (!key || !routes.lookup(key)) throw new Error("A route of the table was not found.");
      }
      return performance.now() - started;
    };
    // The quickest of many, by turns: whatever else the machine does, it leaves both alone at some time.
    const best = { few: Infinity, many: Infinity };
    for (let round = 0; round < 100; round += 1) {
      best.few = Math.min(best.few, time(few));
      best.many = Math.min(best.many, time(many));
    }
    // Whoever looks at each takes ten thousand times as long.
    expect(best.many).toBeLessThan(best.few * 50);
  });
});

describe("a resolver", () => {
  test("is asked for what the table does not hold, once, and remembered", async () => {
    let clock = 0;
    const asked: string[] = [];
    const routes = createRouteTable({
      cache: { ttlMs: 1_000, missTtlMs: 100, now: () => clock },
      resolve: async ({ by, name }) => {
        asked.push(`${by} ${name}`);
        return name === "none" ? undefined : route(name);
      },
    });
    const a = { by: "path", name: "a" } as const;
    const both = await Promise.all([routes.lookup(a), routes.lookup(a)]);
    expect(both[0]).toBe(both[1]);
    expect(routes.lookup(a)).toBe(both[0]);
    expect(asked).toEqual(["path a"]);
    expect(await routes.lookup({ by: "path", name: "none" })).toBeUndefined();
    expect(routes.lookup({ by: "path", name: "none" })).toBeUndefined();
    clock = 100;
    expect(await routes.lookup({ by: "path", name: "none" })).toBeUndefined();
    expect(asked).toEqual(["path a", "path none", "path none"]);
    clock = 1_000;
    await routes.lookup(a);
    routes.invalidate(a);
    await routes.lookup(a);
    routes.invalidate();
    await routes.lookup(a);
    expect(asked.filter((name) => name === "path a")).toHaveLength(4);
    const own = route("a");
    routes.set(own);
    expect(routes.lookup(a)).toBe(own);
  });

  test("that is under way when its name is invalidated answers its callers and is not kept", async () => {
    const answers: ((found: Route | undefined) => void)[] = [];
    const routes = createRouteTable({ resolve: () => new Promise((resolve) => answers.push(resolve)) });
    const key = { by: "path", name: "a" } as const;
    const old = routes.lookup(key);
    routes.invalidate(key);
    const fresh = routes.lookup(key);
    answers[1]?.(undefined);
    answers[0]?.(route("a"));
    expect(await old).toMatchObject({ id: "a" });
    expect(await fresh).toBeUndefined();
    expect(routes.lookup(key)).toBeUndefined();
    expect(answers).toHaveLength(2);
  });

  test("that fails is asked again, and the failure reaches the caller", async () => {
    let calls = 0;
    const routes = createRouteTable({
      resolve: async () => {
        calls += 1;
        if (calls === 1) throw new Error("database is down");
        return route("a");
      },
    });
    await expect(routes.lookup({ by: "path", name: "a" })).rejects.toThrow("database is down");
    expect(await routes.lookup({ by: "path", name: "a" })).toMatchObject({ id: "a" });
  });

  test("does not make the table grow without end", async () => {
    const asked: string[] = [];
    const routes = createRouteTable({
      cache: { maxEntries: 3 },
      resolve: async ({ name }) => {
        asked.push(name);
        return route(name);
      },
    });
    for (const name of ["a", "b", "c", "a", "d", "a", "b"]) await routes.lookup({ by: "path", name });
    expect(asked).toEqual(["a", "b", "c", "d", "b"]);
  });
});

test.each([
  ["a.test:80", "a.test"],
  ["A.TEST.", "a.test"],
  ["[::1]:80", "[::1]"],
  ["127.0.0.1", "127.0.0.1"],
])("the host name of %s is %s", (host, name) => {
  expect(hostName(host)).toBe(name);
});
