import { expect, test } from "vitest";

import { KEY_IDLE_MS, TICKET_MS, TokenDesk } from "../src/token-desk.ts";

function desk(tokenMs = 1_000) {
  let time = 0;
  let count = 0;
  return {
    desk: new TokenDesk({ tokenMs, now: () => time, random: () => `secret-${(count += 1)}` }),
    pass: (ms: number) => void (time += ms),
  };
}

test("a ticket is taken once", () => {
  const { desk: tokens } = desk();
  const { secret } = tokens.issueTicket();
  expect([tokens.spendTicket(secret), tokens.spendTicket(secret)]).toEqual(["valid", "used"]);
});

test("a ticket ends after a minute", () => {
  const { desk: tokens, pass } = desk();
  const { secret } = tokens.issueTicket();
  pass(TICKET_MS);
  expect(tokens.spendTicket(secret)).toBe("expired");
});

test("a token ends by itself, and a new one is bought with the key", () => {
  const { desk: tokens, pass } = desk(1_000);
  const key = tokens.issueKey().secret;
  const first = tokens.issueToken(key)?.secret ?? "";
  pass(999);
  expect(tokens.judgeToken(first)).toBe("valid");
  pass(1);
  expect(tokens.judgeToken(first)).toBe("expired");
  expect(tokens.judgeToken(tokens.issueToken(key)?.secret ?? "")).toBe("valid");
});

test("a key lives for as long as it is used, the owner's for as long as the process", () => {
  const { desk: tokens, pass } = desk();
  const key = tokens.issueKey().secret;
  pass(KEY_IDLE_MS - 1);
  expect(tokens.issueToken(key)).not.toBeNull();
  pass(KEY_IDLE_MS - 1);
  expect(tokens.judgeKey(key)).toBe("valid");
  pass(1);
  expect(tokens.judgeKey(key)).toBe("expired");
  expect(tokens.issueToken(key)).toBeNull();
  expect(tokens.judgeKey(tokens.ownerKey)).toBe("valid");
});

test("no secret stands in for one of another kind", () => {
  const { desk: tokens } = desk();
  const ticket = tokens.issueTicket().secret;
  const key = tokens.issueKey().secret;
  const token = tokens.issueToken(key)?.secret ?? "";
  expect([tokens.judgeKey(ticket), tokens.judgeToken(ticket)]).toEqual(["unknown", "unknown"]);
  expect([tokens.spendTicket(key), tokens.judgeToken(key)]).toEqual(["unknown", "unknown"]);
  expect([tokens.spendTicket(token), tokens.judgeKey(token), tokens.issueToken(token)]).toEqual([
    "unknown",
    "unknown",
    null,
  ]);
});

test("secrets are bounded, and the owner's key is never dropped", () => {
  const { desk: tokens } = desk();
  const first = tokens.issueKey().secret;
  for (let index = 0; index < 2_000; index += 1) tokens.issueKey();
  expect(tokens.judgeKey(first)).toBe("unknown");
  expect(tokens.judgeKey(tokens.ownerKey)).toBe("valid");
  expect(tokens.judgeKey(tokens.issueKey().secret)).toBe("valid");
});
