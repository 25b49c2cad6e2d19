import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/server/embedded-postgres.ts";
import { withClient } from "./support/database.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

async function start(directory: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ directory });
  onTestFinished(() => postgres.stop());
  return postgres;
}

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
const refusalOf = (url: string) =>
  withClient(url, () => Promise.resolve("let in")).catch((error: unknown) =>
    error instanceof pg.DatabaseError ? error.code : String(error),
  );

test("a first start makes a cluster, a second process takes it over, and a stop ends it", async () => {
  const directory = join(await temporaryFolder(), "postgres");
  const first = await start(directory);
  await withClient(first.url, (client) =>
    client.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)"),
  );
  const second = await start(directory);
  expect(first.adopted).toBe(false);
  expect(second).toMatchObject({ adopted: true, pid: first.pid, url: first.url });
  await second.stop();
  const third = await start(directory);
  expect(third.adopted).toBe(false);
  expect(await withClient(third.url, (client) => client.query("SELECT n FROM kept"))).toMatchObject({
    rows: [{ n: 7 }],
  });
});

test("starters that race share one server", async () => {
  const directory = join(await temporaryFolder(), "postgres");
  const all = await Promise.all([start(directory), start(directory), start(directory)]);
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
});

test("what was committed survives a server that is killed", async () => {
  const directory = join(await temporaryFolder(), "postgres");
  const killed = await start(directory);
  await withClient(killed.url, (client) =>
    client.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)"),
  );
  process.kill(killed.pid, "SIGKILL");
  const recovered = await start(directory);
  expect(recovered.pid).not.toBe(killed.pid);
  expect(await withClient(recovered.url, (client) => client.query("SELECT n FROM kept"))).toMatchObject({
    rows: [{ n: 1 }],
  });
});

test("only the password lets in, and only its owner can read it", async () => {
  const directory = join(await temporaryFolder(), "postgres");
  const { url } = await start(directory);
  const wrong = new URL(url);
  wrong.password = "wrong";
  const none = new URL(url);
  none.password = "";
  expect(await refusalOf(wrong.href)).toBe("28P01");
  expect(await refusalOf(none.href)).not.toBe("let in");
  expect(await modeOf(join(directory, "password"))).toBe("600");
  expect(await modeOf(directory)).toBe("700");
  const { rows } = await withClient(url, (client) =>
    client.query(
      "SELECT current_setting('listen_addresses') AS tcp, current_setting('unix_socket_directories') AS unix",
    ),
  );
  expect(rows).toEqual([{ tcp: "127.0.0.1", unix: "" }]);
  expect(await readFile(join(directory, "server.log"), "utf8")).not.toContain(new URL(url).password);
});

test("a lock that a dead process left behind does not keep anybody out", async () => {
  const directory = join(await temporaryFolder(), "postgres");
  await writeFile(`${directory}.lock`, '{"pid":2147483646,"at":1}');
  expect((await start(directory)).adopted).toBe(false);
});
