import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freeRange } from "../scripts/free-port.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { createOpencodeHome, opencodeProgram, startRouterProcess } from "./support/opencode.ts";
import type { OpencodeHome, RouterProcess } from "./support/opencode.ts";
import { openEvents } from "./support/opencode-events.ts";

/** As long as a quiet stream has to hold: longer than every usual idle limit on the way. */
const QUIET_MS = 150_000;

let home: OpencodeHome;
let router: RouterProcess;

beforeAll(async () => {
  const program = await opencodeProgram();
  home = await createOpencodeHome();
  const port = await freeRange(1);
  router = await startRouterProcess(
    [
      "--hostname=127.0.0.1",
      `--scan-start=${port}`,
      `--scan-end=${port}`,
      "--scan-interval=1s",
      "--probe-timeout=10s",
      "--mdns=false",
      `--opencode-command=${program}`,
      await home.folder("archer"),
    ],
    home.env,
  );
  await vi.waitFor(
    async () => expect(await (await fetch(`${router.origin}/api/backends`)).json()).toHaveLength(1),
    { timeout: patienceMs, interval: 500 },
  );
});

afterAll(async () => {
  await router?.stop();
  await home?.remove();
});

test("a stream through the router is whole after 150 seconds", async () => {
  const stream = openEvents(new URL("/archer/global/event", router.origin));
  const seenSince = (since: number) => stream.events.filter(({ at }) => at >= since).map(({ type }) => type);
  await vi.waitFor(() => expect(seenSince(0)).toContain("server.connected"));
  await delay(QUIET_MS);
  expect(stream.ended()).toBe(false);
  const since = Date.now();
  const response = await fetch(`${router.origin}/archer/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(200);
  await vi.waitFor(() => expect(seenSince(since)).toContain("session.created"));
  stream.close();
});
