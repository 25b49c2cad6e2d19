import { createLeases } from "@automna/control-plane/jobs";
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
