import { createLeases } from "@automna/control-plane/jobs";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./support/stored-instance.ts";

const ONE = "a".repeat(24);
const OTHER = "b".repeat(24);

async function openLeases(holders: number) {
  const { url } = await openDatabase();
  return Array.from({ length: holders }, () => {
    const leases = createLeases(url);
    onTestFinished(() => leases.close());
    return leases;
  });
}

test.each([
  ["a worker", 1],
  ["another worker", 2],
])("a lease that is held is refused to %s, and had again once it is released", async (_, holders) => {
  const [first, second = first] = await openLeases(holders);
  const lease = await first?.take(ONE);
  expect(lease).not.toBeNull();
  expect(await second?.take(ONE)).toBeNull();
  expect(await second?.take(OTHER)).not.toBeNull();
  await lease?.release();
  expect(await second?.take(ONE)).not.toBeNull();
});

test("of those who ask at once one has the lease", async () => {
  const [leases] = await openLeases(1);
  const taken = await Promise.all(Array.from({ length: 5 }, async () => leases?.take(ONE)));
  expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
});

type Query = (this: pg.Client, ...asked: unknown[]) => Promise<unknown>;

/** How many things at a time a session was asked, at most. */
function mostAsked(): () => number {
  const query: Query = Reflect.get(pg.Client.prototype, "query");
  let [asked, most] = [0, 0];
  const counted: Query = async function (...args) {
    asked += 1;
    most = Math.max(most, asked);
    try {
      return await query.apply(this, args);
    } finally {
      asked -= 1;
    }
  };
  Reflect.set(pg.Client.prototype, "query", counted);
  onTestFinished(() => void Reflect.set(pg.Client.prototype, "query", query));
  return () => most;
}

test("a session is asked one thing at a time, however many ask at once", async () => {
  const [leases] = await openLeases(1);
  const most = mostAsked();
  const take = async (name: string) => leases?.take(name.repeat(24));
  const taken = await Promise.all(["a", "b", "c"].map(take));
  await Promise.all([...taken.map(async (lease) => lease?.release()), take("d")]);
  expect(most()).toBe(1);
});
