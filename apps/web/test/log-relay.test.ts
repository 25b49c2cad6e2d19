import {
  answerLogQuestions,
  connectDatabase,
  type Database,
  mirrorLogs,
} from "@automna/control-plane/database";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { emptyDatabase, withClient } from "./support/database.ts";

const ID = "0123456789abcdef01234567";

let url: string;
let database: Database;

beforeAll(async () => {
  url = await emptyDatabase();
  database = connectDatabase({ url });
});
afterAll(() => database.$disconnect());

/** A process that runs gateways and one that only shows them. */
function worker(output: Readonly<Record<string, readonly string[]>>) {
  let reads = 0;
  const answers = answerLogQuestions({
    database,
    url,
    logs(id) {
      reads += 1;
      return Promise.resolve(output[id] ?? []);
    },
  });
  onTestFinished(() => answers.close());
  return { reads: () => reads };
}

function page() {
  const mirror = mirrorLogs({ database, url });
  onTestFinished(() => mirror.close());
  return mirror;
}

test("a process without gateways shows what one elsewhere writes, as it grows", async () => {
  const output = { [ID]: ["started"] };
  worker(output);
  const mirror = page();
  await vi.waitFor(() => expect(mirror.lines(ID)).toEqual(["started"]));
  output[ID] = ["started", ...Array.from({ length: 150 }, (_, at) => `${at} ${"é".repeat(100)}`)];
  await vi.waitFor(() => expect(mirror.lines(ID)).toEqual(output[ID]));
});

test("who asks for a gateway that runs nowhere waits for nothing", () => {
  expect(page().lines("f".repeat(24))).toEqual([]);
});

test("nothing is read for nobody, and nothing that was told is told again", async () => {
  const told: string[] = [];
  const { reads } = worker({ [ID]: ["one line"] });
  const mirror = page();
  await withClient(url, async (client) => {
    client.on("notification", ({ payload = "" }) => told.push(payload));
    await client.query("LISTEN automna_log_told");
    await vi.waitFor(() => expect(mirror.lines(ID)).toEqual(["one line"]));
    const before = reads();
    expect(before).toBeGreaterThan(0);
    await vi.waitFor(() => {
      mirror.lines(ID);
      expect(reads()).toBeGreaterThan(before + 1);
    });
    await client.query("SELECT 1");
    expect(new Set(told).size).toBe(1);
    expect(told.length).toBeLessThan(reads());
  });
});
