import { describe, expect, test } from "vitest";
import { createInstanceOrigins } from "../src/server/instance-origins.ts";

const LABEL = "u-abcdefghij";

describe("on subdomains", () => {
  const origins = createInstanceOrigins({
    config: { kind: "subdomain", domain: "agents.example.net" },
    appOrigin: "https://chat.example.com",
    port: null,
  });

  test("each gateway has an origin of its own, with the app's scheme and port", () => {
    const origin = `https://${LABEL}.agents.example.net`;
    expect(origins.originFor(LABEL, "https://chat.example.com")).toBe(origin);
    expect(origins.siteOf(`${LABEL.toUpperCase()}.Agents.example.net`)).toEqual({ origin, subdomain: LABEL });
    expect(origins.allowedFor(LABEL)).toEqual([origin]);
    const here = { config: { kind: "subdomain", domain: "localhost" }, port: null } as const;
    const local = createInstanceOrigins({ ...here, appOrigin: "http://localhost:3001" });
    expect(local.originFor(LABEL, "http://localhost:3001")).toBe(`http://${LABEL}.localhost:3001`);
    expect(local.siteOf(`${LABEL}.localhost`)).toBeNull();
  });

  test.each([
    undefined,
    "",
    "agents.example.net",
    "chat.example.com",
    "admin.agents.example.net",
    `x.${LABEL}.agents.example.net`,
    `${LABEL}.agents.example.net:8080`,
    `${LABEL}.agents.example.net.`,
    `${LABEL}.agents.example.net.evil.example`,
    `${LABEL}.evil.example`,
    `${LABEL}agents.example.net`,
    `${LABEL}.agents.example.net/`,
  ])("%j is no gateway's host", (host) => expect(origins.siteOf(host)).toBeNull());
});

describe("on a second port of this machine", () => {
  const origins = createInstanceOrigins({
    config: { kind: "port", port: null, publicOrigin: null },
    appOrigin: "http://localhost:3001",
    port: 3002,
  });

  test("pages run under another name than the app, because cookies do not tell ports apart", () => {
    expect(origins.originFor(LABEL, "http://localhost:3001")).toBe("http://127.0.0.1:3002");
    expect(origins.originFor(LABEL, "http://127.0.0.1:3001")).toBe("http://localhost:3002");
    expect(origins.originFor(LABEL, "http://[::1]:3001")).toBe("http://localhost:3002");
  });

  test("the app's port and foreign names are no site of theirs", () => {
    expect(origins.siteOf("127.0.0.1:3002")).toEqual({ origin: "http://127.0.0.1:3002", subdomain: null });
    for (const host of ["127.0.0.1:3001", "127.0.0.1", "evil.example:3002", "10.0.0.1:3002", undefined])
      expect(origins.siteOf(host)).toBeNull();
  });
});

test("behind a reverse proxy the second port has the public name only", () => {
  const origins = createInstanceOrigins({
    config: { kind: "port", port: 3002, publicOrigin: "https://agents.example.net" },
    appOrigin: "https://chat.example.com",
    port: 3002,
  });
  expect(origins.originFor(LABEL, "https://chat.example.com")).toBe("https://agents.example.net");
  expect(origins.siteOf("agents.example.net")).not.toBeNull();
  expect(origins.siteOf("localhost:3002")).toBeNull();
});

test("without either, gateways' own pages run nowhere", () => {
  const origins = createInstanceOrigins({
    config: { kind: "none" },
    appOrigin: "https://chat.example.com",
    port: null,
  });
  expect(origins.originFor(LABEL, "https://chat.example.com")).toBeNull();
  expect(origins.siteOf("chat.example.com")).toBeNull();
});
