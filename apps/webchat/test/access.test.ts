import { expect, test } from "vitest";

import { loopbackHost, refuseForeign } from "../src/access.ts";

test.each([
  ["localhost:18788", "localhost:18788"],
  ["LOCALHOST", "localhost"],
  ["127.0.0.1:1", "127.0.0.1:1"],
  ["[::1]:40000", "[::1]:40000"],
  ["evil.example:18788", null],
  ["localhost.evil.example", null],
  ["127.0.0.1.evil.example", null],
  ["127.0.0.2:18788", null],
  ["0.0.0.0:18788", null],
  ["user@localhost", null],
  ["localhost:1:2", null],
  ["", null],
  [undefined, null],
])("the host %s counts as %s", (host, expected) => {
  expect(loopbackHost(host)).toBe(expected);
});

const HOST = { host: "127.0.0.1:1234" };

test.each([
  ["a program", "GET", {}, null],
  ["the page itself", "POST", { origin: "http://127.0.0.1:1234", "sec-fetch-site": "same-origin" }, null],
  ["an address that was typed in", "GET", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }, null],
  [
    "a link on another page",
    "GET",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    null,
  ],
  ["a page of the same machine, other port", "POST", { origin: "http://127.0.0.1:9999" }, "foreign-origin"],
  ["a page under the other name", "POST", { origin: "http://localhost:1234" }, "foreign-origin"],
  ["a page over TLS", "POST", { origin: "https://127.0.0.1:1234" }, "foreign-origin"],
  ["a foreign page", "POST", { origin: "https://evil.example" }, "foreign-origin"],
  ["a sandboxed page", "POST", { origin: "null" }, "foreign-origin"],
  [
    "a picture on a foreign page",
    "GET",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    "foreign-origin",
  ],
  [
    "a frame on a foreign page",
    "GET",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    "foreign-origin",
  ],
  [
    "a form on a foreign page",
    "POST",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    "foreign-origin",
  ],
])("%s", (_who, method, headers, expected) => {
  expect(refuseForeign({ method, headers: { ...HOST, ...headers } })?.code ?? null).toBe(expected);
});

test("the host is judged before the origin", () => {
  const headers = { host: "evil.example:1234", origin: "http://evil.example:1234" };
  expect(refuseForeign({ method: "GET", headers })).toMatchObject({ status: 403, code: "foreign-host" });
});
