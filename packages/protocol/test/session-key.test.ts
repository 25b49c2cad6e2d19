import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  agentOfSession,
  canonicalSessionKey,
  DEFAULT_SESSION_DEFAULTS,
  isSameSession,
  shortSessionKey,
  type SessionDefaults,
} from "../src/index.ts";

const WORK: SessionDefaults = { defaultAgentId: "ops", mainKey: "work", mainSessionKey: "agent:ops:work" };
const SHARED: SessionDefaults = {
  defaultAgentId: "main",
  mainKey: "main",
  mainSessionKey: "global",
  scope: "global",
};
const ALL = [DEFAULT_SESSION_DEFAULTS, WORK, SHARED];

const CASES: [key: string, defaults: SessionDefaults, canonical: string][] = [
  ["main", DEFAULT_SESSION_DEFAULTS, "agent:main:main"],
  ["", DEFAULT_SESSION_DEFAULTS, "agent:main:main"],
  ["  MAIN ", DEFAULT_SESSION_DEFAULTS, "agent:main:main"],
  ["agent:main:main", DEFAULT_SESSION_DEFAULTS, "agent:main:main"],
  ["Agent:Main:Trip To Rome", DEFAULT_SESSION_DEFAULTS, "agent:main:trip to rome"],
  ["my-chat", DEFAULT_SESSION_DEFAULTS, "agent:main:my-chat"],
  ["agent:ops:main", DEFAULT_SESSION_DEFAULTS, "agent:ops:main"],
  ["agent:main:dashboard:426b", DEFAULT_SESSION_DEFAULTS, "agent:main:dashboard:426b"],
  ["telegram:group:7", DEFAULT_SESSION_DEFAULTS, "agent:main:telegram:group:7"],
  ["global", DEFAULT_SESSION_DEFAULTS, "global"],
  ["unknown", DEFAULT_SESSION_DEFAULTS, "unknown"],
  ["agent:x", DEFAULT_SESSION_DEFAULTS, "agent:main:agent:x"],
  ["main", WORK, "agent:ops:work"],
  ["work", WORK, "agent:ops:work"],
  ["agent:ops:main", WORK, "agent:ops:work"],
  ["agent:other:main", WORK, "agent:other:work"],
  ["trip", WORK, "agent:ops:trip"],
  ["main", SHARED, "global"],
  ["agent:other:main", SHARED, "global"],
  ["agent:other:trip", SHARED, "agent:other:trip"],
];

test.each(CASES)("%j becomes canonical", (key, defaults, canonical) => {
  expect(canonicalSessionKey(key, defaults)).toBe(canonical);
});

const part = fc.oneof(
  fc.constantFrom("main", "agent", "global", "unknown", "work", "ops", "Trip", "", " ", "ÄÖ", "İ"),
  fc.string({ maxLength: 6 }),
);
const anyKey = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(":"));
const anyDefaults = fc.constantFrom(...ALL);

describe("for every key and every gateway", () => {
  test("canonical keys stay as they are", () => {
    fc.assert(
      fc.property(anyKey, anyDefaults, (key, defaults) => {
        const canonical = canonicalSessionKey(key, defaults);
        expect(canonicalSessionKey(canonical, defaults)).toBe(canonical);
      }),
    );
  });

  test("case and outer blanks make no difference", () => {
    fc.assert(
      fc.property(anyKey, anyDefaults, (key, defaults) => {
        const lower = key.toLowerCase();
        expect(isSameSession(`  ${lower}\t`, lower, defaults)).toBe(true);
        expect(isSameSession(key, lower, defaults)).toBe(true);
      }),
    );
  });

  test("the canonical key is lower-case and either reserved or an agent's", () => {
    fc.assert(
      fc.property(anyKey, anyDefaults, (key, defaults) => {
        const canonical = canonicalSessionKey(key, defaults);
        expect(canonical).toBe(canonical.toLowerCase());
        expect(canonical).toMatch(/^(?:agent:[^:]+:[^]+|global|unknown)$/);
      }),
    );
  });

  test("the short form leads back to the same session", () => {
    fc.assert(
      fc.property(anyKey, anyDefaults, (key, defaults) => {
        expect(isSameSession(shortSessionKey(key, defaults), key, defaults)).toBe(true);
      }),
    );
  });

  test("every name of the main session is the main session", () => {
    for (const defaults of ALL) {
      const names = [
        "",
        "main",
        defaults.mainKey,
        defaults.mainSessionKey,
        `agent:${defaults.defaultAgentId}:main`,
      ];
      for (const name of names) expect(canonicalSessionKey(name, defaults)).toBe(defaults.mainSessionKey);
    }
  });
});

test.each([
  ["agent:main:main", DEFAULT_SESSION_DEFAULTS, "main"],
  ["agent:main:trip", DEFAULT_SESSION_DEFAULTS, "trip"],
  ["agent:ops:trip", DEFAULT_SESSION_DEFAULTS, "agent:ops:trip"],
  ["agent:ops:work", WORK, "main"],
  ["global", SHARED, "main"],
])("%s reads as %s", (key, defaults, short) => {
  expect(shortSessionKey(key, defaults)).toBe(short);
});

test("a session tells its agent, a shared one tells none", () => {
  expect(agentOfSession("trip")).toBe("main");
  expect(agentOfSession("agent:Ops:trip")).toBe("ops");
  expect(agentOfSession("global")).toBeNull();
});
