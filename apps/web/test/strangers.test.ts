import { randomBytes } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { newLaunchTicket, parseKeyRing } from "@automna/control-plane";
import { createRouteTable } from "@automna/proxy";
import { expect, test, vi } from "vitest";
import type { AccessFacts } from "../src/server/access-facts.ts";
import { createInstanceAccess } from "../src/server/instance-access.ts";
import { INSTANCE_ID } from "../src/server/instance-id.ts";
import { createOriginPolicy } from "../src/server/origin-policy.ts";
import { createVerdicts } from "../src/server/verdicts.ts";
import { identifyByBearer, OWN } from "./support/front.ts";

const SITE = { origin: "http://127.0.0.1:3002", subdomain: null };

/** The rules of access, and everything of the database that they ask for. */
function watched() {
  const asked = vi.fn(() => Promise.resolve(undefined));
  const facts: AccessFacts = {
    instance: asked,
    instanceAt: asked,
    isSessionOver: () => false,
    hear: () => {},
  };
  const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
  const access = createInstanceAccess(
    {
      routes: createRouteTable({ paths: [{ prefix: "/i/", id: INSTANCE_ID }] }),
      facts,
      identify: identifyByBearer,
      watch: { seen: () => Promise.resolve(Date.now()) },
      policy: createOriginPolicy({ publicOrigin: null, host: "localhost", port: 3001 }),
      launches: {
        possible: true,
        launch: () => Promise.resolve({ status: "not-found" }),
        redeem: () => Promise.resolve(null),
      },
      verdicts: createVerdicts("automna_verdict", keyRing, Date.now),
      visits: createVerdicts("automna_visit", keyRing, Date.now),
      signOuts: { mark: () => null, sighted: () => null, end: () => Promise.resolve() },
      now: Date.now,
    },
    (error) => {
      throw error;
    },
  );
  return { asked, access };
}

function request(url: string, headers: Record<string, string>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { method: "GET", url, headers });
}

test.each<[number, string, Record<string, string>]>([
  [0, "/x", {}],
  [0, "/x", { cookie: "theme=dark", "sec-fetch-dest": "document" }],
  [0, "/?token=x", {}],
  [1, "/x", { authorization: "Bearer alice" }],
  [1, `/?token=${newLaunchTicket()}`, {}],
])("on the app's origin the database is asked %i times for %s with %o", async (times, path, headers) => {
  const { access, asked } = watched();
  const decision = await access.decideOnApp(request(`/i/${OWN}${path}`, headers), "http");
  expect(decision).toMatchObject({ kind: "refuse", status: 404 });
  expect(asked).toHaveBeenCalledTimes(times);
});

test.each<[number, string, Record<string, string>]>([
  [0, "/x", {}],
  [0, "/x", { authorization: "Bearer alice", cookie: "__session=alice" }],
  [0, "/?token=x", { cookie: "automna_visit=x.y" }],
  [1, "/x", { cookie: "automna_visit=x.y" }],
  [1, `/?token=${newLaunchTicket()}`, {}],
])("on the gateways' origin the database is asked %i times for %s with %o", async (times, path, headers) => {
  const { access, asked } = watched();
  const decision = await access.decideOnInstance(request(`/i/${OWN}${path}`, headers), "http", SITE);
  expect(decision).toMatchObject({ kind: "refuse", status: 404 });
  expect(asked).toHaveBeenCalledTimes(times);
});
