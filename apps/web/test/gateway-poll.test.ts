import { expect, test } from "vitest";
import {
  isAboutGateway,
  followGateway,
  type GatewayState,
  lookForGateway,
  tokenAfterRefusal,
} from "../src/components/gateway-poll.ts";

const READY = { status: "ready", gatewayUrl: "ws://x/i/a/", authToken: "t", sessionKey: "main" };
const PROVISIONING = {
  status: "provisioning",
  phase: "start",
  elapsedMs: 100,
  retryAfterMs: 500,
  gatewayUrl: "ws://x/i/a/",
  authToken: null,
  sessionKey: "main",
};

type Step = [status: number, body: unknown, headers?: Record<string, string>] | Error;

/** What the page saw and how long it waited, given what the server answers in turn. */
async function follow(
  ...steps: Step[]
): Promise<{ states: GatewayState[]; waits: number[]; starts: boolean[] }> {
  const starts: boolean[] = [];
  const states: GatewayState[] = [];
  const waits: number[] = [];
  const answers = steps[Symbol.iterator]();
  await followGateway((state) => states.push(state), new AbortController().signal, {
    fetchFrom: (input) => {
      starts.push(input !== "/api/user/gateway?start=false");
      const { value: step } = answers.next();
      if (step === undefined) throw new Error("asked more often than expected");
      if (step instanceof Error) return Promise.reject(step);
      return Promise.resolve(Response.json(step[1], { status: step[0], headers: step[2] ?? {} }));
    },
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { states, waits, starts };
}

test("it asks until the gateway is ready, as often as the server says, and then no more", async () => {
  expect(
    await follow([202, PROVISIONING], [202, { ...PROVISIONING, phase: "await-ready" }], [200, READY]),
  ).toMatchObject({
    states: [
      { status: "provisioning", phase: "start", elapsedMs: 100 },
      { status: "provisioning", phase: "await-ready", elapsedMs: 100 },
      READY,
    ],
    waits: [500, 500],
  });
});

test("a failure is told with its code and the server's words, and looked at again", async () => {
  const problem = {
    type: "about:blank",
    status: 503,
    code: "crash-loop",
    title: "The gateway does not run",
    detail: "It died. Read its log.",
  };
  const { states, waits } = await follow([503, problem], [200, READY]);
  expect(states).toMatchObject([
    { status: "failed", trouble: { kind: "problem", code: "crash-loop", detail: "It died. Read its log." } },
    { status: "ready" },
  ]);
  expect(waits).toEqual([3000]);
});

test("a server that cannot be reached, or that makes no sense, is tried again", async () => {
  const { states } = await follow(
    new TypeError("fetch failed"),
    [200, { status: "odd" }],
    [502, "<html>"],
    [200, READY],
  );
  expect(states.map((state) => (state.status === "failed" ? state.trouble : state.status))).toEqual([
    { kind: "unreachable" },
    { kind: "not-understood", status: 200 },
    { kind: "not-understood", status: 502 },
    "ready",
  ]);
});

test("a server that could not look does not say that the gateway does not run", async () => {
  const problem = { type: "about:blank", title: "", status: 503, detail: "" };
  const { states } = await follow(
    [503, { ...problem, code: "unavailable" }],
    new TypeError("fetch failed"),
    [503, { ...problem, code: "crash-loop" }],
    [200, READY],
  );
  const told = states.map((state) =>
    state.status === "failed" ? isAboutGateway(state.trouble) : state.status,
  );
  expect(told).toEqual([false, false, true, "ready"]);
});

const SIGNED_OUT: Step = [401, { code: "signed-out", detail: "Sign in." }];

test("a page that asked before the sign-in had settled asks again, and says nothing of it", async () => {
  expect(await follow(SIGNED_OUT, [202, PROVISIONING], SIGNED_OUT, SIGNED_OUT, [200, READY])).toMatchObject({
    states: [{ status: "provisioning", phase: "start", elapsedMs: 100 }, READY],
    waits: [500, 500, 500, 500],
  });
});

test("somebody who is signed out is told so, and comes back by signing in elsewhere", async () => {
  expect(await follow(SIGNED_OUT, SIGNED_OUT, SIGNED_OUT, SIGNED_OUT, [200, READY])).toMatchObject({
    states: [{ status: "signed-out" }, { status: "signed-out" }, READY],
    waits: [500, 500, 3000, 3000],
  });
});

const problemOf = (status: number, code: string) => ({
  type: "about:blank",
  title: "",
  detail: "",
  status,
  code,
});

test("the gateway is asked for until that is taken on, and then only waited for", async () => {
  const failed: Step = [503, problemOf(503, "crash-loop")];
  const { starts } = await follow(
    new TypeError("fetch failed"),
    SIGNED_OUT,
    [429, problemOf(429, "no-room")],
    [503, problemOf(503, "unavailable")],
    failed,
    failed,
    [202, PROVISIONING],
    [200, READY],
  );
  expect(starts).toEqual([true, true, true, true, true, false, false, false]);
});

test("a stop or a deletion is told, left as it is, and seen to be over", async () => {
  const { states, starts } = await follow(
    [202, PROVISIONING],
    [409, problemOf(409, "gateway-stopped")],
    [404, problemOf(404, "not-found")],
    [200, READY],
  );
  expect(states.map(({ status }) => status)).toEqual(["provisioning", "stopped", "deleted", "ready"]);
  expect(starts).toEqual([true, false, false, false]);
});

test("who is told when to come back does not come before", async () => {
  const busy = problemOf(429, "too-many-requests");
  const { waits } = await follow(
    [429, busy, { "retry-after": "60" }],
    [429, busy, { "retry-after": "1" }],
    // Thirty days are more than a browser's timer counts: it would come back at once.
    [429, busy, { "retry-after": "2592000" }],
    [200, READY],
  );
  expect(waits).toEqual([60_000, 3_000, 3_600_000]);
});

test("nobody waits for the token of a gateway that was deleted", async () => {
  const paths: unknown[] = [];
  const asking = tokenAfterRefusal(new AbortController().signal, {
    fetchFrom: (path) => {
      paths.push(path);
      return Promise.resolve(Response.json(problemOf(404, "not-found"), { status: 404 }));
    },
    sleep: () => Promise.resolve(),
  });
  await expect(asking).rejects.toThrow("deleted");
  expect(paths[0]).toBe("/api/user/gateway?start=false");
});

test("a page that is left asks no more", async () => {
  const leaving = new AbortController();
  leaving.abort(new Error("left"));
  await expect(
    lookForGateway(leaving.signal, () => Promise.reject(new DOMException("aborted", "AbortError"))),
  ).rejects.toThrow("left");
});

test("a token that was refused is asked for until the gateway is up again, with its new one", async () => {
  const answers = [
    Response.json(PROVISIONING, { status: 202 }),
    Response.json({ ...READY, authToken: "the new one" }),
  ];
  const token = await tokenAfterRefusal(new AbortController().signal, {
    fetchFrom: () => Promise.resolve(answers.shift() ?? Response.error()),
    sleep: () => Promise.resolve(),
  });
  expect(token).toBe("the new one");
});

test("who is signed out meanwhile gets no token", async () => {
  const asking = tokenAfterRefusal(new AbortController().signal, {
    fetchFrom: () => Promise.resolve(new Response(null, { status: 401 })),
    sleep: () => Promise.resolve(),
  });
  await expect(asking).rejects.toThrow("signed out");
});
