import { expect, test } from "vitest";
import { createWaker, wakeGateway } from "../src/components/wake-on-use.ts";

function touching() {
  const world = { now: 0, woken: 0 };
  const touch = createWaker(
    () => {
      world.woken += 1;
      return world.woken === 2 ? Promise.reject(new Error("the line is down")) : Promise.resolve();
    },
    () => world.now,
  );
  return { world, touch };
}

test("a page that was opened just now wakes nothing: opening it did", () => {
  const { world, touch } = touching();
  touch();
  expect(world.woken).toBe(0);
});

test("the first touch after a pause wakes, the next ones do not, and a failure is not the page's", () => {
  const { world, touch } = touching();
  for (const now of [30_000, 30_001, 59_999, 60_000, 90_000]) {
    world.now = now;
    touch();
  }
  expect(world.woken).toBe(3);
});

const problem = (status: number, code: string) =>
  Response.json({ type: "about:blank", title: code, status, code, detail: code }, { status });
const READY = { status: "ready", gatewayUrl: "ws://here/i/1/", authToken: null, sessionKey: "main" };

test.each([
  [
    "is stopped",
    problem(409, "gateway-stopped"),
    ["GET /api/user/gateway?start=false", "POST /api/user/gateway/wake"],
  ],
  ["runs", Response.json(READY), ["GET /api/user/gateway?start=false"]],
  ["was deleted", problem(404, "instance-not-found"), ["GET /api/user/gateway?start=false"]],
])("of a gateway that %s a touch asks for no more than it needs", async (_, answer, expected) => {
  const asked: string[] = [];
  await wakeGateway((input, init) => {
    asked.push(`${init?.method ?? "GET"} ${typeof input === "string" ? input : ""}`);
    return Promise.resolve(asked.length === 1 ? answer : new Response(null, { status: 202 }));
  });
  expect(asked).toEqual(expected);
});
