import { issueLaunchTicket } from "@automna/control-plane/database";
import { describe, expect, test } from "vitest";
import { FOREIGN, type Front, OWN, startFront, subdomainOf, UNKNOWN } from "./support/front.ts";
import { type RawAsked, rawAsk, type Way, WAYS } from "./support/raw-ask.ts";
import { hostOf, launch, openVisit, portOf, visit } from "./support/visit.ts";

/** What must come of it: the gateway of alice hears of it, or nobody does and the status says so. */
type Outcome = "own" | number;
type Header = readonly [name: string, value: string];
interface Row {
  readonly name: string;
  readonly outcome: Outcome;
  readonly asked: (front: Front) => RawAsked | Promise<RawAsked>;
}

const PASSED: Readonly<Record<Way, number>> = { HTTP: 200, SSE: 200, WebSocket: 101 };
/** Everything by which a client could pretend to be somebody, or somewhere. */
const FORGED: readonly Header[] = [
  ["X-Forwarded-User", "alice"],
  ["X-Forwarded-Email", "alice@example.com"],
  ["X-Forwarded-For", "127.0.0.1"],
  ["X-Forwarded-Proto", "https"],
  ["X_Forwarded_For", "127.0.0.1"],
  ["Forwarded", "for=127.0.0.1;host=localhost"],
  ["X-Real-IP", "127.0.0.1"],
  ["X-OpenClaw-Scopes", "operator.admin"],
  ["Tailscale-User-Login", "alice@example.com"],
  ["X-Original-URL", `/i/${OWN}/`],
];
const ALICE: Header = ["Authorization", "Bearer alice"];

const onApp = ({ port }: Front): Header => ["Host", `localhost:${port}`];
const app = (name: string, outcome: Outcome, target: string, ...headers: Header[]): Row => ({
  name,
  outcome,
  asked: (front) => ({ target, headers: [onApp(front), ...headers] }),
});

/** A ticket of alice's for her instance. */
async function ticket(front: Front): Promise<string> {
  return (await launch(front, "alice", OWN)).searchParams.get("token") ?? "";
}

async function expired(front: Front): Promise<string> {
  const { database } = front.house;
  const grant = { instanceId: OWN, clerkId: "alice", sessionId: "sess_alice", path: "/" };
  const issued = await issueLaunchTicket(database, grant);
  await database.launchTicket.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
  return issued;
}

async function replayed(front: Front): Promise<string> {
  const url = await launch(front, "alice", OWN);
  if ((await openVisit(front, url)).status !== 303)
    throw new Error("The ticket was not good in the first place.");
  return url.searchParams.get("token") ?? "";
}

const IDS: readonly (readonly [name: string, target: string, outcome: Outcome])[] = [
  ["escaped", `/i/%61${OWN.slice(1)}/`, 404],
  ["escaped twice", `/i/%2561${OWN.slice(1)}/`, 404],
  ["in capitals", `/i/${OWN.toUpperCase()}/`, 404],
  ["shorter", `/i/${OWN.slice(1)}/`, 404],
  ["longer", `/i/${OWN}a/`, 404],
  ["with a matrix parameter", `/i/${OWN};a=b/`, 404],
  ["with an escaped slash", `/i/${OWN}%2f..%2f${FOREIGN}/`, 404],
  ["with a dot", `/i/./${OWN}/`, 404],
  ["empty, then one's own", `/i//${OWN}/`, 404],
  ["of an object's property", "/i/__proto__/", 404],
  ["with a null byte", `/i/${OWN}%00/`, 404],
  ["one's own, then dots to another", `/i/${OWN}/../${FOREIGN}/x`, "own"],
  ["one's own, then escaped dots to another", `/i/${OWN}/%2e%2e/${FOREIGN}/x`, "own"],
  ["one's own, then escaped everything", `/i/${OWN}/%2e%2e%2f${FOREIGN}/x`, "own"],
];

const ON_APP: readonly Row[] = [
  app("the owner", "own", `/i/${OWN}/x`, ALICE),
  app("nobody", 404, `/i/${OWN}/x`),
  app("somebody else's", 404, `/i/${FOREIGN}/x`, ALICE),
  app("unknown", 404, `/i/${UNKNOWN}/x`, ALICE),
  app("a page of another origin", 403, `/i/${OWN}/x`, ALICE, ["Origin", "https://evil.example"]),
  app("a sandboxed page", 403, `/i/${OWN}/x`, ALICE, ["Origin", "null"]),
  {
    name: "a page from the gateways' origin",
    outcome: 403,
    asked: (front) => {
      const origin: Header = ["Origin", `http://127.0.0.1:${front.instancePort}`];
      return { target: `/i/${OWN}/x`, headers: [onApp(front), ALICE, origin] };
    },
  },
  app("nobody with forged headers", 404, `/i/${OWN}/x`, ...FORGED),
  app("bob with forged headers", 404, `/i/${OWN}/x`, ["Authorization", "Bearer bob"], ...FORGED),
  app("the owner with forged headers", "own", `/i/${OWN}/x`, ALICE, ...FORGED),
  ...[`evil.example`, "localhost", "localhost:1", `${subdomainOf(OWN)}.localhost`].map((host) => ({
    name: `Host: ${host}`,
    outcome: 421,
    asked: () => ({ target: `/i/${OWN}/x`, headers: [["Host", host], ALICE] as const }),
  })),
  app("X-Forwarded-Host of another", 404, `/i/${FOREIGN}/x`, ALICE, [
    "X-Forwarded-Host",
    `${subdomainOf(OWN)}.localhost`,
  ]),
  {
    name: "two hosts",
    outcome: 400,
    asked: (front) => ({ target: `/i/${OWN}/x`, headers: [onApp(front), ["Host", "evil.example"], ALICE] }),
  },
  {
    name: "an absolute target",
    outcome: 400,
    asked: (front) => ({
      target: `http://localhost:${front.port}/i/${OWN}/x`,
      headers: [onApp(front), ALICE],
    }),
  },
  ...IDS.map(([name, target, outcome]) => app(`an id that is ${name}`, outcome, target, ALICE)),
  ...(
    [
      ["an expired ticket", expired],
      ["a replayed ticket", replayed],
      ["a malformed ticket", async () => "x"],
      ["two tickets", async (front: Front) => `${await ticket(front)}&token=x`],
    ] as const
  ).flatMap(([name, make]) =>
    [[], [ALICE]].map((session) => ({
      name: `${name}, ${session.length > 0 ? "with" : "without"} the owner's session`,
      outcome: 404,
      asked: async (front: Front) => ({
        target: `/i/${OWN}/?token=${await make(front)}`,
        headers: [onApp(front), ...session],
      }),
    })),
  ),
  {
    name: "a good ticket of another instance",
    outcome: 404,
    asked: async (front) => {
      const token = (await launch(front, "bob", FOREIGN)).searchParams.get("token");
      return { target: `/i/${OWN}/?token=${token}`, headers: [onApp(front)] };
    },
  },
];

/** The address of an instance on the origin of its pages, and the cookie of a visit to alice's. */
async function onOwnOrigin(front: Front) {
  const { host, origin, cookie } = await visit(front, "alice", OWN);
  const prefix = front.origins.hostRules.length > 0 ? "" : `/i/${OWN}`;
  return { origin, prefix, host: ["Host", host] as const, cookie: ["Cookie", cookie] as const };
}

const visitor = (
  name: string,
  outcome: Outcome,
  ask: (on: Awaited<ReturnType<typeof onOwnOrigin>>, front: Front) => RawAsked | Promise<RawAsked>,
): Row => ({ name, outcome, asked: async (front) => ask(await onOwnOrigin(front), front) });

const ON_INSTANCE: readonly Row[] = [
  visitor("a visitor with a verdict", "own", ({ prefix, host, cookie }) => ({
    target: `${prefix}/x`,
    headers: [host, cookie],
  })),
  visitor("nobody", 404, ({ prefix, host }) => ({ target: `${prefix}/x`, headers: [host] })),
  visitor("the app's session alone", 404, ({ prefix, host }) => ({
    target: `${prefix}/x`,
    headers: [host, ALICE, ["Cookie", "__session=alice"]],
  })),
  visitor("a verdict for one, the path of another", 404, ({ host, cookie }) => ({
    target: `/i/${FOREIGN}/x`,
    headers: [host, cookie],
  })),
  visitor("a verdict for one, the path of nobody", 404, ({ host, cookie }) => ({
    target: `/i/${UNKNOWN}/x`,
    headers: [host, cookie],
  })),
  visitor("a verdict with another signature", 404, ({ prefix, host, cookie: [name, value] }) => ({
    target: `${prefix}/x`,
    headers: [host, [name, `${value.slice(0, -4)}AAAA`]],
  })),
  visitor("a verdict of another deployment's key", 404, ({ prefix, host, cookie: [name, value] }) => ({
    target: `${prefix}/x`,
    headers: [host, [name, value.replace(/\.k1\./, ".k2.")]],
  })),
  visitor("the page of another origin", 403, ({ prefix, host, cookie }) => ({
    target: `${prefix}/x`,
    headers: [host, cookie, ["Origin", "https://evil.example"]],
  })),
  visitor("a page of the app", 403, ({ prefix, host, cookie }, front) => ({
    target: `${prefix}/x`,
    headers: [host, cookie, ["Origin", `http://localhost:${front.port}`]],
  })),
  visitor("forged headers without a verdict", 404, ({ prefix, host }) => ({
    target: `${prefix}/x`,
    headers: [host, ...FORGED],
  })),
  visitor("forged headers with a verdict", "own", ({ prefix, host, cookie }) => ({
    target: `${prefix}/x`,
    headers: [host, cookie, ...FORGED],
  })),
  visitor("another host's name", 421, ({ prefix, cookie }) => ({
    target: `${prefix}/x`,
    headers: [["Host", "evil.example"], cookie],
  })),
  visitor("X-Forwarded-Host of the app", "own", ({ prefix, host, cookie }, front) => ({
    target: `${prefix}/x`,
    headers: [host, ["X-Forwarded-Host", `localhost:${front.port}`], cookie],
  })),
  visitor("X-Forwarded-Host alone", 404, ({ prefix, host }, front) => ({
    target: `${prefix}/x`,
    headers: [host, ["X-Forwarded-Host", `localhost:${front.port}`], ALICE],
  })),
  visitor("two hosts", 400, ({ prefix, host, cookie }) => ({
    target: `${prefix}/x`,
    headers: [host, ["Host", "evil.example"], cookie],
  })),
  visitor("an absolute target", 400, ({ prefix, host, cookie, origin }) => ({
    target: `${origin}${prefix}/x`,
    headers: [host, cookie],
  })),
  visitor("an expired ticket with a verdict", 404, async ({ prefix, host, cookie }, front) => ({
    target: `${prefix}/?token=${await expired(front)}`,
    headers: [host, cookie],
  })),
  visitor("an expired ticket", 404, async ({ prefix, host }, front) => ({
    target: `${prefix}/?token=${await expired(front)}`,
    headers: [host],
  })),
  visitor("a replayed ticket", 404, async ({ prefix, host }, front) => ({
    target: `${prefix}/?token=${await replayed(front)}`,
    headers: [host],
  })),
];

const idRow = (name: string, outcome: Outcome, target: string): Row =>
  visitor(`an id that is ${name}`, outcome, ({ host, cookie }) => ({ target, headers: [host, cookie] }));

const ON_SECOND_PORT: readonly Row[] = [
  ...ON_INSTANCE,
  ...IDS.map(([name, target, outcome]) => idRow(name, outcome, target)),
];

/** Where the host names the instance, what is no instance's path is a path of the gateway's. */
const ON_SUBDOMAIN: readonly Row[] = [
  ...ON_INSTANCE,
  ...IDS.map(([name, target]) => idRow(name, "own", target)),
  visitor("another's subdomain with one's own verdict", 404, ({ cookie }, front) => ({
    target: "/x",
    headers: [["Host", hostOf(front, subdomainOf(FOREIGN))], cookie],
  })),
  visitor("another's subdomain with one's own path", 404, ({ cookie }, front) => ({
    target: `/i/${OWN}/x`,
    headers: [["Host", hostOf(front, subdomainOf(FOREIGN))], cookie],
  })),
  visitor("one's own subdomain with X-Forwarded-Host of another", "own", ({ host, cookie }, front) => ({
    target: "/x",
    headers: [host, ["X-Forwarded-Host", hostOf(front, subdomainOf(FOREIGN))], cookie],
  })),
  visitor("a subdomain that nobody has", 404, ({ cookie }, front) => ({
    target: "/x",
    headers: [["Host", hostOf(front, "u-cccccccccc")], cookie],
  })),
  visitor("a subdomain that nobody can have", 421, ({ cookie }, front) => ({
    target: "/x",
    headers: [["Host", `admin.localhost:${front.port}`], cookie],
  })),
];

const STREAMING = {
  gateway: (req: { headers: { accept?: string } }, res: { write(text: string): void; end(): void }) => {
    res.write("data: here\n\n");
    if (req.headers.accept !== "text/event-stream") res.end();
  },
};

async function check(front: Front, port: number, way: Way, { outcome, asked }: Row): Promise<void> {
  const request = await asked(front);
  const { status } = await rawAsk(port, way, request);
  if (outcome !== "own") {
    expect(status).toBe(outcome);
    expect([...front.arrivals, ...front.pages, ...front.pageUpgrades]).toEqual([]);
    return;
  }
  expect(status).toBe(PASSED[way]);
  expect(front.arrivals).toMatchObject([{ kind: way === "WebSocket" ? "upgrade" : "http", instance: OWN }]);
  const [arrival] = front.arrivals;
  for (const [name] of [...FORGED, ALICE]) expect(arrival?.headers[name.toLowerCase()]).toBeUndefined();
  expect(arrival?.headers.cookie).toBeUndefined();
}

describe.each(WAYS)("over %s the gateways hear of their owners only", (way) => {
  test.each(ON_APP)("on the app's origin: $name", async (row) => {
    const front = await startFront(STREAMING);
    await check(front, front.port, way, row);
  });

  test.each(ON_SECOND_PORT)("on the second port: $name", async (row) => {
    const front = await startFront(STREAMING);
    await check(front, portOf(front), way, row);
  });

  test.each(ON_SUBDOMAIN)("on a subdomain: $name", async (row) => {
    const onSubdomains = { instanceOrigins: { kind: "subdomain", domain: "localhost" } } as const;
    const front = await startFront({ ...STREAMING, ...onSubdomains });
    await check(front, portOf(front), way, row);
  });
});
