import { expect, test } from "vitest";
import type { GatewayView } from "../src/server/gateways.ts";
import { userGatewayAnswer } from "../src/server/user-gateway.ts";

const ID = "a".repeat(24);
const READY: GatewayView = { status: "ready", instanceId: ID, authToken: "the-token" };
const answer = (view: GatewayView, origin = "http://localhost:3001") =>
  userGatewayAnswer(view, origin, 10_000);

test("a ready gateway: 200 with where it is, what lets one in, and the session", async () => {
  const response = answer(READY);
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual({
    status: "ready",
    gatewayUrl: `ws://localhost:3001/i/${ID}/`,
    authToken: "the-token",
    sessionKey: "main",
  });
});

test("the address is of the origin that the browser used, and never holds the token", async () => {
  expect(await answer(READY, "https://chat.example.com").json()).toMatchObject({
    gatewayUrl: `wss://chat.example.com/i/${ID}/`,
  });
});

test("a gateway whose router vouches for its owner has no token to give", async () => {
  expect(await answer({ ...READY, authToken: null }).json()).toMatchObject({
    status: "ready",
    authToken: null,
  });
});

test("a gateway on its way: 202 with the phase, how long it lasts and when to ask again", async () => {
  const response = answer({ status: "provisioning", instanceId: ID, phase: "await-ready", since: 7_500 });
  expect(response.status).toBe(202);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.json()).toEqual({
    status: "provisioning",
    gatewayUrl: `ws://localhost:3001/i/${ID}/`,
    authToken: null,
    sessionKey: "main",
    phase: "await-ready",
    elapsedMs: 2_500,
    retryAfterMs: 500,
  });
});

test("a gateway that failed: a problem document with a code and the next step", async () => {
  const failure = { code: "crash-loop", message: "It died eight times. Read its log." } as const;
  const response = answer({ status: "failed", instanceId: ID, failure });
  expect(response.status).toBe(503);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toMatchObject({ status: 503, code: "crash-loop", detail: failure.message });
});
