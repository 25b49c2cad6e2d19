import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { oneAtATime } from "../one-at-a-time.ts";

let folder: string;
let holders: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "automna-locks-"));
  holders = [];
});

afterEach(() => {
  for (const holder of holders) holder.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const MODULE = JSON.stringify(join(import.meta.dirname, "..", "one-at-a-time.ts"));

/** Another process that takes the lock, says so, and keeps it. */
async function startHolder() {
  const script = `import { oneAtATime } from ${MODULE};
await oneAtATime("build", () => { console.log("taken"); return new Promise((resolve) => setTimeout(resolve, 3_600_000)); }, process.argv[1]);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  holders.push(child);
  await once(child.stdout, "data");
  return child;
}

test("work of the same name waits for another process, also for one that is killed", async () => {
  const holder = await startHolder();
  const ended = once(holder, "exit");
  let done = false;
  const waiting = oneAtATime("build", () => (done = true), folder);
  await oneAtATime("something else", () => undefined, folder);
  expect(done).toBe(false);
  holder.kill("SIGKILL");
  await ended;
  await waiting;
  expect(done).toBe(true);
});

test("within one process too, and what the work returns or throws comes through", async () => {
  const order: string[] = [];
  const first = Promise.withResolvers<string>();
  const one = oneAtATime("build", () => first.promise, folder);
  const two = oneAtATime("build", () => order.push("second"), folder);
  order.push("first");
  first.resolve("built");
  expect(await one).toBe("built");
  await two;
  expect(order).toEqual(["first", "second"]);
  await expect(oneAtATime("build", () => Promise.reject(new Error("broken")), folder)).rejects.toThrow(
    "broken",
  );
});
