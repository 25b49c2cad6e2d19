import { createServer } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { LOCAL_USER } from "../src/server/identify.ts";
import { startAppProcess } from "./support/app-process.ts";
import { ask, echo, listenAnywhere } from "./support/front.ts";
import { openDatabase, storeInstance, TOKEN_KEYS } from "./support/stored-instance.ts";

const PAGE = { "sec-fetch-dest": "document", accept: "text/html" };

test("what one router process lets in, another lets in too, until the token is another one", async () => {
  const { database, url } = await openDatabase();
  const arrivals: string[] = [];
  const gateway = createServer((req, res) => {
    arrivals.push(req.url ?? "");
    res.end("page");
  });
  onTestFinished(() => {
    gateway.close();
  });
  const id = await storeInstance(database, LOCAL_USER, await listenAnywhere(gateway));
  const env = { DATABASE_URL: url, TOKEN_KEYS, ROLE: "router" };
  const routers = await Promise.all([startAppProcess(env), startAppProcess(env)]);
  const sites = await Promise.all(
    routers.map(async ({ port }) => {
      const { headers } = await ask(port, `/i/${id}/`, { headers: PAGE });
      return new URL(headers.location ?? "");
    }),
  );
  const [first, second] = sites;
  if (!first || !second) throw new Error("two routers have two sites");
  expect(first.port).not.toBe(second.port);

  // A ticket is good in whichever process it is shown, and in one of them only.
  const swapped = await ask(Number(second.port), first.pathname + first.search, {
    headers: { host: second.host },
  });
  expect(swapped.status).toBe(303);
  const again = await ask(Number(first.port), first.pathname + first.search, {
    headers: { host: first.host },
  });
  expect(again.status).toBe(404);

  const cookie = swapped.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const show = async ({ port, host }: URL) =>
    (await ask(Number(port), `/i/${id}/x`, { headers: { host, cookie } })).status;
  for (const site of sites) expect(await show(site)).toBe(200);
  expect(arrivals).toEqual(["/x", "/x"]);

  await database.instance.update({ where: { id }, data: { tokenHash: "k1.other" } });
  for (const site of sites)
    await vi.waitFor(async () => expect(await show(site)).toBe(404), { interval: 20 });
  for (const { port, host } of sites)
    expect(await echo(Number(port), `/i/${id}/x`, { host, cookie })).toMatchObject({ status: 404 });
  const before = arrivals.length;
  expect(before).toBeGreaterThanOrEqual(2);
  for (const site of sites) await show(site);
  expect(arrivals.length).toBe(before);
});
