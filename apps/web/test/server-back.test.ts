import { expect, test } from "vitest";
import { pause } from "../src/browser/pause.ts";
import { atOnceThen, createRetryPace } from "../src/browser/retry-pace.ts";
import { type Missing, untilServerIsReady } from "../src/browser/server-back.ts";

type Step = [status: number, body: unknown] | Error;

/** What a page that waits was told and how long it waited, given what the server answers in turn. */
async function waitFor(...steps: Step[]): Promise<{ told: Missing[]; asked: string[] }> {
  const told: Missing[] = [];
  const asked: string[] = [];
  const answers = steps[Symbol.iterator]();
  await untilServerIsReady({ next: () => 1 }, (missing) => told.push(missing), new AbortController().signal, {
    fetchFrom: (input) => {
      asked.push(input instanceof Request ? input.url : String(input));
      const { value: step } = answers.next();
      if (step === undefined) throw new Error("asked more often than expected");
      if (step instanceof Error) return Promise.reject(step);
      return Promise.resolve(Response.json(step[1], { status: step[0] }));
    },
    sleep: () => Promise.resolve(),
  });
  return { told, asked };
}

test("a page waits until the server has what it needs, and hears meanwhile what that is", async () => {
  const { told, asked } = await waitFor(
    [503, { status: "ready", away: ["database"] }],
    [503, { status: "ready", away: ["database", "engine"] }],
    [200, { status: "ready", away: ["engine"] }],
  );
  expect(told).toEqual([["database"], ["database", "engine"]]);
  expect(asked).toEqual(["/readyz", "/readyz", "/readyz"]);
});

test("a server that does not answer, makes no sense or takes nothing on is waited for as well", async () => {
  const { told } = await waitFor(
    new TypeError("fetch failed"),
    [502, "<html>"],
    [503, { status: "draining", away: [] }],
    [200, { status: "ready", away: [] }],
  );
  expect(told).toEqual([null, null, null]);
});

test("a page that is left asks no more", async () => {
  const leaving = new AbortController();
  const waiting = untilServerIsReady(createRetryPace(), () => undefined, leaving.signal, {
    fetchFrom: () => Promise.reject(new Error("asked all the same")),
    sleep: pause,
  });
  leaving.abort(new Error("left"));
  await expect(waiting).rejects.toThrow("left");
});

test("each wait is twice as long as the one before, at most 15 s, and after a quiet minute short again", () => {
  let now = 0;
  const pace = createRetryPace(
    () => now,
    () => 1,
  );
  const next = () => {
    const ms = pace.next();
    now += ms;
    return ms;
  };
  expect(Array.from({ length: 6 }, next)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  now += 61_000;
  expect(next()).toBe(1_000);
});

test("a part of each wait is chance, so that pages which wait together do not ask together", () => {
  const paces = [0, 0.5, 1].map((chance) =>
    createRetryPace(
      () => 0,
      () => chance,
    ),
  );
  expect(paces.map((pace) => pace.next())).toEqual([500, 750, 1_000]);
});

test("who presses the button waits for nothing, once", () => {
  const pace = atOnceThen(
    createRetryPace(
      () => 0,
      () => 1,
    ),
  );
  expect([pace.next(), pace.next(), pace.next()]).toEqual([0, 1_000, 2_000]);
});
