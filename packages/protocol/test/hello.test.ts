import { describe, expect, test } from "vitest";

import {
  bootIdentity,
  listsMethod,
  parseChallenge,
  parseHello,
  sameBoot,
  type HelloOk,
} from "../src/index.ts";

const LEAST = { type: "hello-ok", protocol: 3, server: { version: "dev", connId: "c" } };

function hello(extra: object): HelloOk {
  const parsed = parseHello({ ...LEAST, ...extra });
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

describe("parseHello", () => {
  test("fills in the limits that a gateway does not announce, by its version", () => {
    expect(hello({ protocol: 3 }).policy).toMatchObject({ maxPayload: 524_288, tickIntervalMs: 30_000 });
    expect(hello({ protocol: 4 }).policy).toMatchObject({ maxPayload: 26_214_400, tickIntervalMs: 30_000 });
    expect(hello({ policy: { tickIntervalMs: 5000, maxPayload: "much" } }).policy).toMatchObject({
      maxPayload: 524_288,
      tickIntervalMs: 5000,
    });
  });

  test("takes the session defaults of the snapshot", () => {
    const sessionDefaults = { defaultAgentId: "ops", mainKey: "work", mainSessionKey: "agent:ops:work" };
    expect(hello({ snapshot: { sessionDefaults } }).sessionDefaults).toMatchObject(sessionDefaults);
    expect(hello({}).sessionDefaults.mainSessionKey).toBe("agent:main:main");
  });

  test("keeps the device token and the effective scopes", () => {
    const auth = { deviceToken: "d", role: "operator", scopes: ["operator.read"] };
    expect(hello({ auth }).auth).toMatchObject(auth);
    expect(hello({}).auth).toEqual({});
  });

  test("reads what is left of a damaged snapshot", () => {
    expect(hello({ snapshot: { presence: 7, uptimeMs: "x", suspension: {} }, features: null })).toMatchObject(
      {
        uptimeMs: 0,
        features: { methods: [], events: [], capabilities: [] },
        snapshot: { presence: [] },
      },
    );
  });

  test.each([
    ["another type", { type: "hello" }],
    ["no server", { server: undefined }],
    ["a version that is not spoken", { protocol: 5 }],
  ])("refuses %s", (_name, extra) => {
    expect(parseHello({ ...LEAST, ...extra }).ok).toBe(false);
  });

  test("tells whether a method is listed", () => {
    const features = { methods: ["chat.send"], events: [] };
    expect(listsMethod(hello({ features }), "chat.send")).toBe(true);
    expect(listsMethod(hello({ features }), "sessions.create")).toBe(false);
  });
});

test("a challenge needs a nonce and the gateway's clock", () => {
  expect(parseChallenge({ nonce: "n", ts: 1, more: true })).toEqual({
    ok: true,
    value: { nonce: "n", ts: 1 },
  });
  expect(parseChallenge({ nonce: "", ts: 1 }).ok).toBe(false);
  expect(parseChallenge({ nonce: "n" }).ok).toBe(false);
});

describe("the boot", () => {
  const atUptime = (uptimeMs: number, now: number) => bootIdentity(hello({ snapshot: { uptimeMs } }), now);

  test("is the gateway's boot id where it has one", () => {
    const boot = (bootId: string) =>
      bootIdentity(hello({ protocol: 4, server: { version: "1", connId: "c", bootId } }), 0);
    expect(sameBoot(boot("a"), boot("a"))).toBe(true);
    expect(sameBoot(boot("a"), boot("b"))).toBe(false);
  });

  test("is the start time otherwise, give or take two seconds", () => {
    const first = atUptime(10_000, 1_000_000);
    expect(sameBoot(first, atUptime(70_000, 1_060_000))).toBe(true);
    expect(sameBoot(first, atUptime(70_000, 1_062_000))).toBe(true);
    expect(sameBoot(first, atUptime(70_000, 1_058_000))).toBe(true);
    expect(sameBoot(first, atUptime(1_000, 1_060_000))).toBe(false);
    expect(sameBoot(first, atUptime(70_000, 1_063_000))).toBe(false);
  });

  test("of one kind is never that of the other", () => {
    const started = atUptime(0, 0);
    expect(sameBoot(started, { kind: "id", bootId: "a" })).toBe(false);
    expect(sameBoot({ kind: "id", bootId: "a" }, started)).toBe(false);
  });
});
