import { expect, test } from "vitest";

import { isFromOwnPage, isSentByOwnPage } from "../src/index.ts";

const OWN = "http://localhost:8080";
const LINK = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test.each([
  ["a program", "POST", {}, true],
  ["a page of ours", "POST", { origin: OWN, "sec-fetch-site": "same-origin" }, true],
  ["a page of ours that reads", "GET", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, true],
  ["an address that was typed in", "GET", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }, true],
  ["a link on a foreign page", "GET", LINK, true],
  ["a form on a foreign page", "POST", LINK, false],
  ["a frame on a foreign page", "GET", { ...LINK, "sec-fetch-dest": "iframe" }, false],
  ["a plug-in on a foreign page", "GET", { ...LINK, "sec-fetch-dest": "object" }, false],
  [
    "a picture on a foreign page",
    "GET",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    false,
  ],
  ["a page on another port", "GET", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, false],
  ["a foreign page", "GET", { origin: "https://evil.example" }, false],
  ["a sandboxed page", "GET", { origin: "null" }, false],
  [
    "a page that claims both",
    "GET",
    { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
    false,
  ],
])("%s, with %s and %j: %s", (_who, method, headers, own) => {
  expect(isFromOwnPage({ method, headers }, (origin) => origin === OWN)).toBe(own);
});

test.each([
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "same-origin", origin: OWN }, true],
  [{ origin: OWN }, true],
  [{}, true],
  [{ "sec-fetch-site": "same-site" }, false],
  [{ "sec-fetch-site": "same-site", origin: OWN }, false],
  [{ "sec-fetch-site": "cross-site" }, false],
  [{ "sec-fetch-site": "none" }, false],
  [{ origin: "https://evil.example" }, false],
  [{ "sec-fetch-site": "same-origin", origin: "null" }, false],
])("a request from %o was sent by a page of ours, or by none: %s", (headers, expected) => {
  expect(isSentByOwnPage(headers, (origin) => origin === OWN)).toBe(expected);
});
