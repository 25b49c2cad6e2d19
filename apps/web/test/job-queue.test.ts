import { type JobQueue, startJobQueue } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test, vi } from "vitest";
import { emptyDatabase, withClient } from "./support/database.ts";

/** A worker's queue, open. */
async function openQueue(url: string, housekeeping: () => Promise<void>): Promise<JobQueue> {
  const queue = startJobQueue({ url, handlers: { instance: () => Promise.resolve(), housekeeping } });
  onTestFinished(() => queue.close());
  await queue.counts();
  return queue;
}

test("the house is kept every minute, by one of however many workers there are", async () => {
  const url = await emptyDatabase();
  const keepHouse = vi.fn<() => Promise<void>>().mockResolvedValue();
  const first = await openQueue(url, keepHouse);
  await withClient(url, async (client) => {
    const { rows: schedule } = await client.query("SELECT name, cron FROM jobs.schedule");
    expect(schedule).toEqual([{ name: "housekeeping", cron: "* * * * *" }]);
    await first.close();
    // As if the minute were over: who starts now looks at the schedule at once.
    await client.query("DELETE FROM jobs.job");
    await client.query("UPDATE jobs.version SET cron_on = NULL");
    keepHouse.mockClear();
    const workers = await Promise.all([openQueue(url, keepHouse), openQueue(url, keepHouse)]);
    await vi.waitFor(() => expect(keepHouse).toHaveBeenCalled());
    for (const worker of workers) await worker.close();
    const { rows: done } = await client.query(
      "SELECT singleton_on FROM jobs.job WHERE name = 'housekeeping' AND state = 'completed'",
    );
    expect(keepHouse).toHaveBeenCalledTimes(done.length);
    // One for each minute, should the test have seen more than one.
    expect(new Set(done.map(({ singleton_on }) => String(singleton_on))).size).toBe(done.length);
  });
});
