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

type Step = [status: number, body: unknown] | Error;

/** What the page saw and how long it waited, given what the server answers in turn. */
async function follow(...steps: Step[]): Promise<{ states: GatewayState[]; waits: number[] }> {
  const states: GatewayState[] = [];
  const waits: number[] = [];
  const answers = steps[Symbol.iterator]();
  await followGateway((state) => states.push(state), new AbortController().signal, {
    fetchFrom: () => {
      const { value: step } = answers.next();
      if (step === undefined) throw new Error("asked more often than expected");
      if (step instanceof Error) return Promise.reject(step);
      return Promise.resolve(Response.json(step[1], { status: step[0] }));
    },
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { states, waits };
}

test("it asks until the gateway is ready, as often as the server says, and then no more", async () => {
  expect(
    await follow([202, PROVISIONING], [202, { ...PROVISIONING, phase: "await-ready" }], [200, READY]),
  ).toEqual({
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
  expect(await follow(SIGNED_OUT, [202, PROVISIONING], SIGNED_OUT, SIGNED_OUT, [200, READY])).toEqual({
    states: [{ status: "provisioning", phase: "start", elapsedMs: 100 }, READY],
    waits: [500, 500, 500, 500],
  });
});

test("somebody who is signed out is told so, and comes back by signing in elsewhere", async () => {
  expect(await follow(SIGNED_OUT, SIGNED_OUT, SIGNED_OUT, SIGNED_OUT, [200, READY])).toEqual({
    states: [{ status: "signed-out" }, { status: "signed-out" }, READY],
    waits: [500, 500, 3000, 3000],
  });
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
