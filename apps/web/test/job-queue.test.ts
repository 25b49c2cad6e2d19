import { type JobHandlers, type JobQueue, startJobQueue } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test, vi } from "vitest";
import { emptyDatabase, withClient } from "./support/database.ts";

/** A worker's queue, open. */
async function openQueue(url: string, rounds: Omit<JobHandlers, "instance">): Promise<JobQueue> {
  const queue = startJobQueue({ url, handlers: { instance: () => Promise.resolve(), ...rounds } });
  onTestFinished(() => queue.close());
  await queue.counts();
  return queue;
}

test("the house is kept every minute, by one of however many workers there are, and not after a sweep", async () => {
  const url = await emptyDatabase();
  const keepHouse = vi.fn<() => Promise<void>>().mockResolvedValue();
  const [begun, swept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const rounds = { housekeeping: keepHouse, sweep: () => Promise.resolve() };
  const sweeping = {
    housekeeping: () => begun.promise.then(keepHouse),
    sweep() {
      begun.resolve();
      return swept.promise;
    },
  };
  const first = await openQueue(url, rounds);
  await withClient(url, async (client) => {
    const { rows: schedule } = await client.query("SELECT name, cron FROM jobs.schedule ORDER BY name");
    expect(schedule).toEqual([
      { name: "housekeeping", cron: "* * * * *" },
      { name: "sweep", cron: "* * * * *" },
    ]);
    await first.close();
    // As if the minute were over: who starts now looks at the schedule at once.
    await client.query("DELETE FROM jobs.job");
    await client.query("UPDATE jobs.version SET cron_on = NULL");
    keepHouse.mockClear();
    const workers = await Promise.all([openQueue(url, sweeping), openQueue(url, sweeping)]);
    await vi.waitFor(() => expect(keepHouse).toHaveBeenCalled());
    swept.resolve();
    for (const worker of workers) await worker.close();
    const { rows: done } = await client.query(
      "SELECT singleton_on FROM jobs.job WHERE name = 'housekeeping' AND state = 'completed'",
    );
    expect(keepHouse).toHaveBeenCalledTimes(done.length);
    // One for each minute, should the test have seen more than one.
    expect(new Set(done.map(({ singleton_on }) => String(singleton_on))).size).toBe(done.length);
  });
});
