import { expect, test } from "vitest";
import { isLaunchTicket, launchPath, launchTicketHash, newLaunchTicket } from "../src/launch-ticket.ts";

test("a ticket is 32 random bytes, and no two are alike", () => {
  expect(newLaunchTicket((count) => Buffer.alloc(count, 0xfb))).toBe(`${"-_v7".repeat(10)}-_s`);
  expect(newLaunchTicket()).not.toBe(newLaunchTicket());
  expect(isLaunchTicket(newLaunchTicket())).toBe(true);
});

test.each(["", "x", "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}+`, `${"a".repeat(42)}\n`])(
  "%j is no ticket",
  (text) => expect(isLaunchTicket(text)).toBe(false),
);

test("what is stored does not hold the ticket", () => {
  const ticket = newLaunchTicket();
  expect(launchTicketHash(ticket)).toMatch(/^[\w-]{43}$/);
  expect(launchTicketHash(ticket)).not.toBe(ticket);
  expect(launchTicketHash(ticket)).toBe(launchTicketHash(ticket));
});

test.each(["/", "/canvas/a.html?x=1&x=2", "/%2e%2e/x", "/~me/[id]"])("%j is kept as a destination", (path) =>
  expect(launchPath(path)).toBe(path),
);

test.each([
  ["empty", ""],
  ["relative", "canvas"],
  ["another host", "//evil.example/"],
  ["another host, by a backslash", "/\\evil.example/"],
  ["a header", "/x\r\nset-cookie: a=b"],
  ["not ASCII", "/ä"],
  ["too long", `/${"x".repeat(3_000)}`],
])("a destination that is %s becomes the root", (_, path) => expect(launchPath(path)).toBe("/"));
