import fc from "fast-check";
import { expect, test } from "vitest";

import * as protocol from "../src/index.ts";

const PARSERS = Object.entries(protocol).flatMap(([name, parse]) =>
  /^parse(?!(Gateway)?Frame|ApprovalEvent)/.test(name) && typeof parse === "function"
    ? [[name, parse as (payload: unknown) => { ok: boolean }] as const]
    : [],
);

/** Payloads that look like a gateway's from afar: the right names with any values. */
const payload = fc.dictionary(
  fc.constantFrom(
    "runId",
    "sessionKey",
    "seq",
    "state",
    "stream",
    "data",
    "message",
    "messages",
    "content",
    "role",
    "id",
    "key",
    "ok",
    "questions",
    "answers",
    "sessions",
    "models",
    "__openclaw",
    "usage",
    "type",
    "protocol",
    "server",
    "snapshot",
  ),
  fc.oneof(fc.jsonValue(), fc.constantFrom("chat", "delta", "tool", "user", 3, 4), fc.array(fc.jsonValue())),
);

test.each(PARSERS)("%s answers anything, and throws at nothing", (_name, parse) => {
  fc.assert(
    fc.property(fc.oneof(payload, fc.jsonValue()), (input) => {
      const parsed = parse(input);
      expect(typeof parsed.ok).toBe("boolean");
      if (!parsed.ok) expect("reason" in parsed && parsed.reason).toMatch(/\S/);
    }),
    { numRuns: 300 },
  );
});
