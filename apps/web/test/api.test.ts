import { KEPT_DELETED } from "@automna/control-plane";
import { addModelUsage, findInstance, findUser, listAudit } from "@automna/control-plane/database";
import * as v from "valibot";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Endpoint, type EndpointName, endpoints } from "../src/api/endpoints.ts";
import { openApiDocument } from "../src/api/openapi.ts";
import { problem } from "../src/api/problem.ts";
import { ApprovalRefusedError } from "../src/server/device-approval.ts";
import { GatewayControlError } from "../src/server/gateway-control.ts";
import { newLines } from "../src/server/api/instance-events.ts";
import { type House, isReady, READY, somebody, startHouse, untilInstance, WAITS } from "./support/house.ts";

const ORIGIN = "http://localhost:3001";

function request(name: EndpointName, { id = "", search = "", headers = {}, body }: Asked = {}): Request {
  const { method, path } = endpoints[name];
  return new Request(`${ORIGIN}${path.replace("{id}", id)}${search}`, {
    method,
    headers: { "sec-fetch-site": "same-origin", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

interface Asked {
  readonly id?: string;
  readonly search?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

const JSON_BODY = { "content-type": "application/json" };

async function ask(house: House, person: string | null, name: EndpointName, asked: Asked = {}) {
  const response = await house.call(person, name, request(name, asked), { id: asked.id ?? "" });
  const text = await response.text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  const endpoint: Endpoint = endpoints[name];
  const schema = endpoint.answers[response.status];
  // Every answer is what the document says.
  if (schema && !("text" in schema)) v.parse(schema, body);
  else if (response.status >= 400) {
    expect(endpoint.problems.concat(403)).toContain(response.status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    // What happened, and what to do next.
    expect(v.parse(problem, body)).toMatchObject({
      status: response.status,
      detail: expect.stringMatching(/\w[.:;] \w/),
    });
  }
  return { status: response.status, headers: response.headers, body };
}

async function withGateway() {
  const house = await startHouse();
  const person = somebody();
  await house.gateways.provide(person);
  const { id } = await untilInstance(house, person, isReady);
  return { house, person, id };
}

const GUARDED = Object.keys(endpoints).filter(
  (name): name is EndpointName => name !== "launch" && endpoints[name as EndpointName].access === "user",
);

test("nobody signed in: 401 everywhere, and no gateway is made", async () => {
  const house = await startHouse();
  for (const name of GUARDED)
    expect(await ask(house, null, name)).toMatchObject({ status: 401, body: { code: "signed-out" } });
  expect(await house.database.instance.count()).toBe(0);
});

test("a page elsewhere reads nothing and starts nothing, anywhere", async () => {
  const house = await startHouse();
  const sources: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:3002" },
  ];
  for (const headers of sources)
    for (const name of GUARDED)
      expect(await ask(house, "alice", name, { headers })).toMatchObject({ status: 403 });
  expect(await house.database.instance.count()).toBe(0);
});

test("who is signed in is told what they have; asking starts nothing", async () => {
  const house = await startHouse();
  expect(await ask(house, "newcomer", "getUser")).toMatchObject({
    status: 200,
    body: { clerkId: "newcomer", operator: false, instance: null, modelKey: null, containerStatus: null },
  });
  expect(await findUser(house.database, "newcomer")).toBeNull();
});

test("deploy makes a gateway once, and says where its pages are", async () => {
  const house = await startHouse();
  const person = somebody();
  const made = await ask(house, person, "deploy");
  expect(made).toMatchObject({ status: 201, body: { state: "provisioning" } });
  const { id } = await untilInstance(house, person, isReady);
  expect(await ask(house, person, "deploy")).toMatchObject({
    status: 200,
    body: { id, state: "ready", dashboardUrl: `/i/${id}/` },
  });
});

test("the owner sees one gateway by its id, and deletes it", async () => {
  const { house, person, id } = await withGateway();
  expect(await ask(house, person, "getInstance", { id })).toMatchObject({
    status: 200,
    body: { id, state: "ready" },
  });
  expect(await ask(house, person, "deleteInstance", { id })).toMatchObject({
    status: 202,
    body: { id, state: "deleted" },
  });
  expect(await findInstance(house.database, id)).toMatchObject({ desired: "destroyed" });
});

test("stop, wake, restart, rotate and upgrade are taken on, and come about", async () => {
  const { house, person } = await withGateway();
  expect(await ask(house, person, "stopGateway")).toMatchObject({
    status: 202,
    body: { desired: "stopped", stopReason: "owner" },
  });
  await untilInstance(house, person, ({ observed }) => observed === "stopped");
  for (const name of ["wakeGateway", "restartGateway", "rotateGateway", "upgradeGateway"] as const) {
    expect(await ask(house, person, name)).toMatchObject({ status: 202, body: { desired: "running" } });
    await untilInstance(house, person, isReady);
  }
});

test("no answer but the one that must holds a token, sealed or not", async () => {
  const { house, person, id } = await withGateway();
  const stored = await findInstance(house.database, id);
  for (const name of ["getUser", "deploy", "rotateGateway", "getInstance"] as const) {
    const { body } = await ask(house, person, name, { id });
    expect(JSON.stringify(body)).not.toContain("the-token");
    expect(JSON.stringify(body)).not.toContain(stored?.sealedToken);
  }
  await untilInstance(house, person, isReady);
  expect(await ask(house, person, "getUserGateway")).toMatchObject({ body: { authToken: "the-token" } });
});

test("somebody else's gateway and one that never was look the same, and stay as they are", async () => {
  const { house, id } = await withGateway();
  const unknown = "f".repeat(24);
  for (const name of ["getInstance", "deleteInstance", "getInstanceEvents"] as const) {
    const foreign = await ask(house, "mallory", name, { id });
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual((await ask(house, "mallory", name, { id: unknown })).body);
  }
  expect(await findInstance(house.database, id)).toMatchObject({ desired: "running" });
});

test("a deleted gateway is gone for its owner, and the next one is another", async () => {
  const { house, person, id } = await withGateway();
  expect(await ask(house, person, "deleteGateway")).toMatchObject({
    status: 202,
    body: { id, state: "deleted", purgeAfter: expect.any(String) },
  });
  expect(await ask(house, person, "stopGateway")).toMatchObject({ status: 404 });
  expect(await ask(house, person, "deploy")).toMatchObject({ status: 201 });
});

test("an own key is kept sealed, its gateway is reconfigured, and it is never told again", async () => {
  const { house, person, id } = await withGateway();
  const before = await findInstance(house.database, id);
  const apiKey = "sk-the-persons-own-key";
  const body = { provider: "anthropic", apiKey };
  expect(await ask(house, person, "putModelKey", { headers: JSON_BODY, body })).toMatchObject({
    status: 200,
    body: { provider: "anthropic", modelId: null },
  });
  const told = await ask(house, person, "getUser");
  expect(told.body).toMatchObject({ modelKey: { provider: "anthropic" } });
  const rows = await house.database.$queryRaw<unknown[]>`SELECT * FROM "ModelKey"`;
  const audit = await house.database.auditEvent.findMany();
  expect(JSON.stringify([told.body, rows, audit], (_, value: unknown) => String(value))).not.toContain(
    apiKey,
  );
  expect((await findInstance(house.database, id))?.generation).toBe((before?.generation ?? 0) + 1);
  expect(await ask(house, person, "deleteModelKey")).toMatchObject({ status: 204 });
  expect((await ask(house, person, "getUser")).body).toMatchObject({ modelKey: null });
});

test("deleting an own key again reconfigures the gateway, which the first time may not have come to", async () => {
  const { house, person, id } = await withGateway();
  const body = { provider: "openai", apiKey: "sk-the-persons-own-key" };
  await ask(house, person, "putModelKey", { headers: JSON_BODY, body });
  const before = await findInstance(house.database, id);
  vi.spyOn(house.gateways, "command").mockRejectedValueOnce(new Error("Connection terminated"));
  expect(await ask(house, person, "deleteModelKey")).toMatchObject({ status: 503 });
  expect(await ask(house, person, "deleteModelKey")).toMatchObject({ status: 204 });
  expect((await findInstance(house.database, id))?.generation).toBe((before?.generation ?? 0) + 1);
});

test.each([
  ["not JSON", JSON_BODY, "{", 400],
  ["no JSON at all", { "content-type": "text/plain" }, "sk-a-key-that-is-long", 400],
  ["another provider", JSON_BODY, { provider: "other", apiKey: "sk-long-enough-key" }, 400],
  ["a key with a line break", JSON_BODY, { provider: "openai", apiKey: "sk-long\nenough-key" }, 400],
  ["no key", JSON_BODY, { provider: "openai" }, 400],
  ["a list", JSON_BODY, ["sk-long-enough-key"], 400],
  ["too much", JSON_BODY, { provider: "openai", apiKey: "x".repeat(20_000) }, 413],
])("a body that is %s is refused with the reason, without its content", async (_, headers, body, status) => {
  const house = await startHouse();
  const refused = await ask(house, somebody(), "putModelKey", { headers, body });
  expect(refused.status).toBe(status);
  expect(JSON.stringify(refused.body)).not.toMatch(/sk-|xxxx|Invalid|received/);
});

test("who asks too often is told when to come back, in every process, and others are not", async () => {
  const house = await startHouse();
  const { points } = endpoints.rotateGateway.rate ?? { points: 0 };
  const person = somebody();
  for (let n = 0; n < points; n++) expect((await ask(house, person, "rotateGateway")).status).toBe(404);
  const other = await startHouse({ url: house.url, keyRing: house.keyRing });
  const refused = await ask(other, person, "rotateGateway");
  expect(refused).toMatchObject({ status: 429, body: { code: "too-many-requests" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await ask(house, somebody(), "rotateGateway")).status).toBe(404);
});

test("where there is no room: 429 with when to try again", async () => {
  const house = await startHouse({ limits: { maxRunning: 0, maxWaiting: 10 } });
  const refused = await ask(house, somebody(), "getUserGateway");
  expect(refused).toMatchObject({ status: 429, body: { code: "capacity-reached" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(30);
});

test("who has deleted many whose data is kept: 429, and the time of the first removal", async () => {
  const house = await startHouse({ keepDataMs: 3_600_000 });
  const person = somebody();
  for (let n = 0; n < KEPT_DELETED; n++) {
    const { instance } = await house.gateways.provide(person);
    await house.gateways.command(person, instance.id, "destroy");
  }
  const refused = await ask(house, person, "getUserGateway");
  expect(refused).toMatchObject({ status: 429, body: { code: "too-many-deleted" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
});

test("when too many wait for a worker: 429, and soon again", async () => {
  const house = await startHouse({ limits: { maxRunning: 10, maxWaiting: 1 } });
  house.world.probe = WAITS;
  await house.gateways.provide(somebody());
  const second = somebody();
  const refused = await ask(house, second, "getUserGateway");
  expect(refused).toMatchObject({ status: 429, body: { code: "queue-full" } });
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(3);
  expect(seconds).toBeLessThanOrEqual(10);
  expect(await findUser(house.database, second)).toBeNull();
  house.world.probe = READY;
  await vi.waitFor(async () => expect((await ask(house, second, "getUserGateway")).status).toBe(200));
});

test("a database that is away: a problem that says so and nothing of the error, which goes to the log", async () => {
  const house = await startHouse();
  const error = new Error("connect ECONNREFUSED 127.0.0.1:5432");
  vi.spyOn(house.gateways, "provide").mockRejectedValue(error);
  const refused = await ask(house, somebody(), "deploy");
  expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(JSON.stringify(refused.body)).not.toContain("ECONNREFUSED");
  expect(house.errors).toEqual([error]);
});

test("operators see everybody's gateways, others not even that there is such a list", async () => {
  const house = await startHouse({ operators: ["olga"] });
  const person = somebody();
  await house.gateways.provide(person);
  const { id } = await untilInstance(house, person, isReady);
  const lists = ["listInstances", "getCapacity", "getQueue", "listFailures", "listAuditEvents"] as const;
  for (const name of lists) {
    expect((await ask(house, person, name)).status).toBe(404);
    expect((await ask(house, "olga", name)).status).toBe(200);
  }
  expect((await ask(house, "olga", "listInstances")).body).toMatchObject({
    items: [{ id, owner: { clerkId: person }, state: "ready" }],
    next: null,
  });
  expect((await ask(house, "olga", "getCapacity")).body).toMatchObject({
    running: 1,
    ready: 1,
    limit: 1_000,
  });
  expect((await ask(house, "olga", "listAuditEvents")).body).toMatchObject({
    items: [{ action: "instance.create", actor: person, instanceId: id }],
  });
});

test("what a list is asked for and cannot be is refused with its name, not guessed", async () => {
  const house = await startHouse({ operators: ["olga"] });
  const wrong = [
    ["listInstances", "state", "asleep"],
    ["listInstances", "before", "f".repeat(65)],
    ["listAuditEvents", "before", "9".repeat(65)],
  ] as const;
  for (const [name, parameter, value] of wrong)
    expect(await ask(house, "olga", name, { search: `?${parameter}=${value}` })).toMatchObject({
      status: 400,
      body: { code: "not-understood", detail: expect.stringMatching(` ${parameter} must (be|not)`) },
    });
});

test("anybody may read the document, and know whether there is room", async () => {
  const house = await startHouse();
  expect(await ask(house, null, "getOpenApi")).toMatchObject({ status: 200, body: openApiDocument() });
  const known = { product: "demo", driver: "process", identity: "clerk" };
  expect(await ask(house, null, "getStatus")).toMatchObject({
    status: 200,
    body: { status: "ok", ...known },
  });
  const full = await startHouse({ url: house.url, limits: { maxRunning: 0, maxWaiting: 10 } });
  expect((await ask(full, null, "getStatus")).body).toEqual({ status: "full", ...known });
});

test("events tell the state at once, every change, and what the gateway writes", async () => {
  const { house, person, id } = await withGateway();
  house.lines.set(id, ["one", "two"]);
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const events = new Request(request("getInstanceEvents", { id }), { signal: leaving.signal });
  const response = await house.call(person, "getInstanceEvents", events, { id });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })();
  reading.catch(() => undefined);
  await vi.waitFor(() => {
    expect(text).toContain('"state":"ready"');
    expect(text).toContain('event: log\ndata: {"lines":["one","two"]}');
  });
  house.world.probe = WAITS;
  await house.gateways.command(person, id, "restart");
  await vi.waitFor(() => expect(text).toMatch(/event: state\ndata: \{.*"phase":\{"name":"await-ready",/));
  house.lines.set(id, ["one", "two", "three"]);
  await house.gateways.command(person, id, "stop");
  await vi.waitFor(() => {
    expect(text).toContain('"state":"stopped"');
    expect(text).toContain('data: {"lines":["three"]}');
  });
});

test.each([
  [[], ["a"], ["a"]],
  [["a", "b"], ["a", "b"], []],
  [["a", "b"], ["a", "b", "c"], ["c"]],
  [
    ["a", "b"],
    ["b", "c", "d"],
    ["c", "d"],
  ],
  [
    ["a", "b"],
    ["x", "y"],
    ["x", "y"],
  ],
  [["a", "a"], ["a", "a", "a"], ["a"]],
])("after the lines %j, of %j the new ones are %j", (before, lines, fresh) => {
  expect(newLines(before, lines)).toEqual(fresh);
});

test("each person sees their own use of the operator's model, an operator everybody's, and nobody somebody else's", async () => {
  const operator = somebody();
  const now = Date.UTC(2026, 9, 31, 23, 59, 59);
  const house = await startHouse({
    operators: [operator],
    metering: { dailyTokens: 1_000, prices: { input: 1, output: 5 } },
    now: () => now,
  });
  const [alice, bob] = [somebody(), somebody()];
  for (const person of [alice, bob]) await house.gateways.provide(person);
  const alices = await findUser(house.database, alice);
  const use = {
    userId: alices?.id ?? "",
    model: "m",
    requests: 1,
    inputTokens: 300,
    outputTokens: 40,
    at: now,
  };
  await Promise.all([use, use, { ...use, model: "n" }].map((one) => addModelUsage(house.database, one)));
  // Longer ago than any month has days, and somebody who is gone.
  await addModelUsage(house.database, { ...use, at: now - 40 * 86_400_000 });
  await addModelUsage(house.database, { ...use, userId: "nobody" });
  const used = { requests: 3, inputTokens: 900, outputTokens: 120, cost: 0.0015 };
  expect((await ask(house, alice, "getUsage")).body).toMatchObject({
    paidBy: "operator",
    today: used,
    month: used,
    budget: { dailyTokens: 1_000, left: 0 },
  });
  const none = { requests: 0, inputTokens: 0, outputTokens: 0, cost: 0 };
  expect((await ask(house, bob, "getUsage")).body).toMatchObject({ today: none, budget: { left: 1_000 } });
  expect((await ask(house, operator, "getUsageOfAll")).body).toMatchObject({
    today: used,
    dailyTokens: 1_000,
    people: [{ clerkId: alice, ...used }],
  });
  expect(await ask(house, bob, "getUsageOfAll")).toMatchObject({ status: 404 });
});

test("a browser is approved on its owner's gateway alone, and that is on record", async () => {
  const asked: unknown[] = [];
  const house = await startHouse({
    async approveDevice({ id }, requestId, record) {
      asked.push([id, requestId]);
      if (requestId === "refused") {
        await record("wanted");
        throw new ApprovalRefusedError(new GatewayControlError("INVALID_REQUEST", "not today"));
      }
      if (requestId === "theirs") await record("done");
      return requestId === "theirs";
    },
  });
  const [alice, bob] = [somebody(), somebody()];
  const { instance } = await house.gateways.provide(alice);
  const body = (requestId: string) => ({ headers: JSON_BODY, body: { requestId } });
  expect((await ask(house, alice, "approveDevice", body("theirs"))).body).toEqual({ approved: true });
  expect((await ask(house, alice, "approveDevice", body("another"))).body).toEqual({ approved: false });
  expect(await ask(house, bob, "approveDevice", body("theirs"))).toMatchObject({ status: 404 });
  expect(await ask(house, alice, "approveDevice", body("../x"))).toMatchObject({ status: 400 });
  expect(await ask(house, alice, "approveDevice", body("refused"))).toMatchObject({
    status: 409,
    body: { code: "approval-refused", detail: expect.stringContaining("open the chat again") },
  });
  expect(house.errors).toMatchObject([{ cause: { message: "not today" } }]);
  expect(asked).toEqual([
    [instance.id, "theirs"],
    [instance.id, "another"],
    [instance.id, "refused"],
  ]);
  expect(await listAudit(house.database, { limit: 2 })).toMatchObject([
    { actor: alice, action: "device.approve", instanceId: instance.id },
    { actor: alice, action: "device.approved", instanceId: instance.id },
  ]);
});

test("on a gateway elsewhere its owner's browser is approved, and for nobody else it is even asked", async () => {
  const asked: string[] = [];
  const [owner, other] = [somebody(), somebody()];
  const app = { requestId: "the-apps-own" };
  const house = await startHouse({
    chatGateway: {
      ownerClerkId: owner,
      async approve(requestId, record) {
        asked.push(requestId);
        const approved = requestId === "theirs";
        if (approved) await record("wanted");
        return { approved, app: approved ? null : app };
      },
      renewDevice: () => Promise.resolve(),
    },
  });
  const pair = (person: string | null, requestId: string) =>
    ask(house, person, "approveChatGatewayDevice", { headers: JSON_BODY, body: { requestId } });
  expect(await pair(other, "theirs")).toMatchObject({ status: 404 });
  expect(await pair(null, "theirs")).toMatchObject({ status: 401 });
  expect(await listAudit(house.database, { limit: 1 })).toEqual([]);
  expect(asked).toEqual([]);
  expect((await pair(owner, "early")).body).toEqual({ approved: false, app });
  expect((await pair(owner, "theirs")).body).toEqual({ approved: true, app: null });
  expect(await pair(owner, "../x")).toMatchObject({ status: 400 });
  expect(asked).toEqual(["early", "theirs"]);
  expect(await listAudit(house.database, { limit: 9 })).toMatchObject([
    { actor: owner, action: "device.approve", instanceId: null },
  ]);
});

test("without such a gateway nobody is its owner", async () => {
  const house = await startHouse();
  const body = { requestId: "any" };
  for (const person of [somebody(), "local"])
    expect(await ask(house, person, "approveChatGatewayDevice", { headers: JSON_BODY, body })).toMatchObject({
      status: 404,
    });
});

test("who only waits for a gateway neither makes one, nor wakes it, nor brings a deleted one back", async () => {
  const house = await startHouse();
  const person = somebody();
  const wait = () => ask(house, person, "getUserGateway", { search: "?start=false" });
  expect(await wait()).toMatchObject({ status: 404 });
  expect(await house.database.instance.count()).toBe(0);
  expect(await ask(house, person, "getUserGateway")).toMatchObject({ status: 202 });
  const { id } = await untilInstance(house, person, isReady);
  expect(await wait()).toMatchObject({ status: 200, body: { status: "ready" } });
  await house.gateways.command(person, id, "stop");
  for (let polls = 0; polls < 2; polls++)
    expect(await wait()).toMatchObject({ status: 409, body: { code: "gateway-stopped" } });
  expect(await findInstance(house.database, id)).toMatchObject({ desired: "stopped" });
  expect(await ask(house, person, "getUserGateway", { search: "?start=perhaps" })).toMatchObject({
    status: 400,
  });
  await house.gateways.command(person, id, "destroy");
  expect(await wait()).toMatchObject({ status: 404 });
  expect(await house.database.instance.count({ where: { desiredState: { not: "destroyed" } } })).toBe(0);
});
