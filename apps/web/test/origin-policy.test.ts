import { describe, expect, test } from "vitest";
import { createOriginPolicy, wantsActiveContent } from "../src/server/origin-policy.ts";

describe("an app on loopback", () => {
  const policy = createOriginPolicy({ publicOrigin: null, host: "localhost", port: 3001 });

  test.each([
    ["localhost:3001", true],
    ["LOCALHOST:3001", true],
    ["127.0.0.1:3001", true],
    ["[::1]:3001", true],
    ["localhost", false],
    ["localhost:3002", false],
    ["evil.example:3001", false],
    ["localhost:3001.evil.example", false],
    ["127.0.0.1.nip.io:3001", false],
    ["0.0.0.0:3001", false],
    ["", false],
    [undefined, false],
  ])("Host %s is its own: %s", (host, expected) => {
    expect(policy.allowsHost(host)).toBe(expected);
  });

  test.each([
    ["http://localhost:3001", true],
    ["http://127.0.0.1:3001", true],
    ["https://localhost:3001", false],
    ["http://localhost:3000", false],
    ["https://evil.example", false],
    ["null", false],
    ["http://localhost:3001.evil.example", false],
  ])("Origin %s is its own: %s", (origin, expected) => {
    expect(policy.allowsOrigin(origin)).toBe(expected);
  });

  test("answers under the name by which it was called", () => {
    expect(policy.originOf("127.0.0.1:3001")).toBe("http://127.0.0.1:3001");
    expect(policy.originOf(undefined)).toBe("http://localhost:3001");
  });
});

test("an app with a public address has that origin only, unless it listens on loopback behind its proxy", () => {
  const publicOrigin = "https://chat.example.com";
  const open = createOriginPolicy({ publicOrigin, host: "0.0.0.0", port: 3001 });
  expect(open.origins).toEqual([publicOrigin]);
  expect(open.allowsHost("chat.example.com")).toBe(true);
  expect(open.allowsHost("localhost:3001")).toBe(false);
  const behindProxy = createOriginPolicy({ publicOrigin, host: "localhost", port: 3001 });
  expect(behindProxy.allowsHost("localhost:3001")).toBe(true);
  expect(behindProxy.originOf("chat.example.com")).toBe(publicOrigin);
});

test.each([
  ["empty", "*/*", false],
  ["image", "image/avif,*/*", false],
  ["document", "text/html", true],
  ["iframe", "text/html", true],
  ["script", "*/*", true],
  ["style", "text/css", true],
  ["worker", "*/*", true],
  ["serviceworker", "*/*", true],
  ["object", "*/*", true],
  ["embed", "*/*", true],
  ["webidentity", "*/*", true],
  ["empty", "text/html", false],
  [undefined, "text/html,application/xhtml+xml", true],
  [undefined, "application/json", false],
  [undefined, undefined, false],
])("Sec-Fetch-Dest %s and Accept %s want something that runs: %s", (fetchDestination, accept, expected) => {
  expect(wantsActiveContent({ fetchDestination, accept })).toBe(expected);
});
