import { expect, test } from "vitest";
import type { GatewayView } from "../src/server/gateways.ts";
import { createOriginPolicy } from "../src/server/origin-policy.ts";
import { userGatewayResponse } from "../src/server/user-gateway.ts";
import { identifyByBearer } from "./support/front.ts";

const ID = "a".repeat(24);
const READY: GatewayView = { status: "ready", instanceId: ID, authToken: "the-token" };

function ask(
  headers: Record<string, string>,
  view: GatewayView | Error = READY,
  publicOrigin: string | null = null,
): { response: Promise<Response>; asked: string[]; reported: unknown[] } {
  const asked: string[] = [];
  const reported: unknown[] = [];
  const response = userGatewayResponse(
    new Request("http://localhost:3001/api/user/gateway", { headers }),
    {
      identify: identifyByBearer,
      policy: createOriginPolicy({ publicOrigin, host: "localhost", port: 3001 }),
      reportError: (error) => reported.push(error),
      gateways: {
        ensure(clerkId) {
          asked.push(clerkId);
          return view instanceof Error ? Promise.reject(view) : Promise.resolve(view);
        },
        close: () => Promise.resolve(),
      },
    },
    () => 10_000,
  );
  return { response, asked, reported };
}

const OWN_PAGE = { authorization: "Bearer alice", host: "localhost:3001", "sec-fetch-site": "same-origin" };

test("a ready gateway: 200 with where it is, what lets one in, and the session", async () => {
  const response = await ask(OWN_PAGE).response;
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
  const local = await ask({ ...OWN_PAGE, host: "127.0.0.1:3001" }).response;
  expect(await local.json()).toMatchObject({ gatewayUrl: `ws://127.0.0.1:3001/i/${ID}/` });
  const open = await ask({ ...OWN_PAGE, host: "chat.example.com" }, READY, "https://chat.example.com")
    .response;
  expect(await open.json()).toMatchObject({ gatewayUrl: `wss://chat.example.com/i/${ID}/` });
});

test("a gateway whose router vouches for its owner has no token to give", async () => {
  const response = await ask(OWN_PAGE, { ...READY, authToken: null }).response;
  expect(await response.json()).toMatchObject({ status: "ready", authToken: null });
});

test("a gateway on its way: 202 with the phase, how long it lasts and when to ask again", async () => {
  const view: GatewayView = { status: "provisioning", instanceId: ID, phase: "await-ready", since: 7_500 };
  const response = await ask(OWN_PAGE, view).response;
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
  const response = await ask(OWN_PAGE, { status: "failed", instanceId: ID, failure }).response;
  expect(response.status).toBe(503);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toMatchObject({ status: 503, code: "crash-loop", detail: failure.message });
});

test("nobody signed in: 401, and no gateway is made", async () => {
  const { response, asked } = ask({ host: "localhost:3001" });
  expect((await response).status).toBe(401);
  expect(await (await response).json()).toMatchObject({ code: "signed-out" });
  expect(asked).toEqual([]);
});

test.each([
  [{ "sec-fetch-site": "cross-site" }],
  [{ "sec-fetch-site": "same-site" }],
  [{ "sec-fetch-site": "none" }],
  [{ origin: "https://evil.example" }],
  [{ origin: "null" }],
  [{ origin: "http://localhost:3002" }],
])("a page elsewhere, %o, reads nothing and starts nothing", async (source) => {
  const { response, asked } = ask({ ...OWN_PAGE, "sec-fetch-site": "same-origin", ...source });
  expect((await response).status).toBe(403);
  expect(await (await response).text()).not.toContain("the-token");
  expect(asked).toEqual([]);
});

test("a database that is away: a problem that says so and nothing of the error, which goes to the log", async () => {
  const error = new Error("connect ECONNREFUSED 127.0.0.1:5432");
  const { response, reported } = ask(OWN_PAGE, error);
  expect((await response).status).toBe(503);
  const body = await (await response).text();
  expect(JSON.parse(body)).toMatchObject({ code: "unavailable" });
  expect(body).not.toContain("ECONNREFUSED");
  expect(reported).toEqual([error]);
});
