import { expect, test } from "vitest";
import { startSwarmDriver } from "../src/containers/index.ts";
import type { StatePolicy } from "../src/containers/index.ts";
import { Manager } from "../src/drivers/swarm/manager.ts";
import { findRecord, keepRecord, noteNodes, removeRecord } from "../src/drivers/swarm/node-record.ts";
import type { NodeRecord } from "../src/drivers/swarm/node-record.ts";
import { storedFiles } from "../src/drivers/swarm/files.ts";
import { orderService } from "../src/drivers/swarm/ordering.ts";
import { serviceView } from "../src/drivers/swarm/views.ts";
import type { NodeView, ServiceView } from "../src/drivers/swarm/views.ts";
import { specWith } from "./support/instances.ts";
import { type Answer, type Json, startScriptedEngine } from "./support/scripted-engine.ts";

const IN_MEMORY: StatePolicy["disk"] = { kind: "tmpfs", bytes: 1e6 };
const DEPLOYMENT = "automna";
const SPEC = specWith();
const NAME = `automna-${SPEC.id}`;
const RECORD = { pinnedTo: "small", visited: ["small", "gone"], image: "demo:1", kept: true };

const RAW_NODE = {
  ID: "small",
  Spec: { Availability: "active" },
  Status: { State: "ready" },
  Description: { Resources: { MemoryBytes: 4e9 } },
};

const doneTask = (name: string) => ({
  ID: name,
  CreatedAt: "2026-11-21T10:00:00Z",
  DesiredState: "complete",
  Status: { State: "complete", Timestamp: "2026-11-21T10:00:05Z" },
});

/** A manager that keeps configurations as a swarm does, and takes every other order. */
async function startManager() {
  const configs = new Map<string, { ID: string; Version: { Index: number }; Spec: Json }>();
  const services: Json[] = [];
  const scripted = await startScriptedEngine((line, body): Answer => {
    if (line === "POST /configs/create") {
      const name = String(body["Name"]);
      if (configs.has(name)) return [409, { message: `${name} exists` }];
      configs.set(name, { ID: name, Version: { Index: 1 }, Spec: body });
      return [201, { ID: name }];
    }
    if (line === "GET /configs") return [200, [...configs.values()]];
    if (line === "GET /secrets") return [200, []];
    // Of what empties volumes, and of nothing else.
    if (line === "GET /tasks") return [200, services.map(({ Name }) => doneTask(String(Name)))];
    if (line === "GET /nodes") return [200, [RAW_NODE]];
    if (line.startsWith("GET /networks/")) return [404, { message: "no such network" }];
    const [, method, name = "", rest] = /^(\w+) \/configs\/([^/]+)(?:\/(.*))?$/.exec(line) ?? [];
    const found = configs.get(name);
    if (method !== undefined && found === undefined) return [404, { message: "no such config" }];
    if (method === "DELETE") configs.delete(name);
    if (found && rest === "update") configs.set(name, { ...found, Version: { Index: 2 }, Spec: body });
    if (method === "GET" && found) return [200, found];
    if (line === "POST /services/create") services.push(body);
    if (line.startsWith("GET /images/")) return [200, { Id: "sha256:1", RepoDigests: [] }];
    if (line.startsWith("GET /services/")) return [404, { message: "no such service" }];
    return [200, { ID: "made" }];
  });
  return { ...scripted, configs, services, manager: new Manager(scripted.engine, DEPLOYMENT) };
}

test("where an instance was is kept, changed and removed; what did not change is not written", async () => {
  const { manager, asked } = await startManager();
  expect(await findRecord(manager, NAME, SPEC.id)).toBeNull();
  await keepRecord(manager, NAME, SPEC.id, RECORD);
  expect(await findRecord(manager, NAME, SPEC.id)).toEqual(RECORD);
  const moved = { pinnedTo: null, visited: ["small", "gone", "large"], image: "demo:2", kept: false };
  await keepRecord(manager, NAME, SPEC.id, moved);
  await keepRecord(manager, NAME, SPEC.id, moved);
  expect(await findRecord(manager, NAME, SPEC.id)).toEqual(moved);
  expect(asked.filter((line) => line.endsWith("/update"))).toHaveLength(1);
  await removeRecord(manager, NAME, SPEC.id);
  expect(await findRecord(manager, NAME, SPEC.id)).toBeNull();
});

test("it is no file of a start, which a stop removes", async () => {
  const { manager, engine } = await startManager();
  await keepRecord(manager, NAME, SPEC.id, RECORD);
  expect(await storedFiles(engine, DEPLOYMENT, SPEC.id)).toEqual([]);
});

test("a configuration of its name that is somebody else's is named, and stays", async () => {
  const { manager, configs } = await startManager();
  const theirs = { ID: "theirs", Version: { Index: 1 }, Spec: { Name: `${NAME}-nodes`, Labels: {} } };
  configs.set(`${NAME}-nodes`, theirs);
  await expect(keepRecord(manager, NAME, SPEC.id, RECORD)).rejects.toMatchObject({
    code: "name-taken",
    message: expect.stringContaining(`docker config rm ${NAME}-nodes`),
  });
  await removeRecord(manager, NAME, SPEC.id);
  expect(configs.get(`${NAME}-nodes`)).toBe(theirs);
});

const node = (id: string, memoryBytes: number): NodeView => ({
  id,
  name: id,
  isUp: true,
  isActive: true,
  takesTasks: true,
  cpus: 4,
  memoryBytes,
  labels: {},
});

function order(
  { manager }: { manager: Manager },
  record: NodeRecord | null,
  nodes: readonly NodeView[],
  service: ServiceView | null = null,
  disk: StatePolicy["disk"] = { kind: "unlimited" },
) {
  const policy = {
    containers: { deployment: DEPLOYMENT, images: { demo: "demo:1" } },
    state: { kind: "node", disk },
    nodes: null,
    maxRestarts: 5,
    stableAfterMs: 60_000,
    monitorMs: 10_000,
  } as const;
  const overlay = { id: "net1", name: NAME, routerAddresses: ["10.213.0.2"] };
  const situation = { service, record, tasks: [], nodes };
  return orderService(manager, policy, { spec: SPEC, overlay, attempt: "first" }, situation);
}

const BOTH = [node("large", 8e9), node("small", 4e9)];

test("a gateway whose service somebody removed is started where its data is, not where there is most room", async () => {
  const swarm = await startManager();
  await order(swarm, RECORD, BOTH);
  expect(swarm.services).toMatchObject([
    { TaskTemplate: { Placement: { Constraints: ["node.id == small"] } } },
  ]);
});

test("a new gateway's node is on record before its service is made", async () => {
  const swarm = await startManager();
  await order(swarm, null, BOTH);
  expect(await findRecord(swarm.manager, NAME, SPEC.id)).toMatchObject({
    pinnedTo: "large",
    visited: ["large"],
  });
  const { asked } = swarm;
  expect(asked.indexOf("POST /configs/create")).toBeLessThan(asked.indexOf("POST /services/create"));
});

test("a node that was removed from the swarm is left; that it was there stays on record", async () => {
  const swarm = await startManager();
  await order(swarm, { ...RECORD, pinnedTo: "gone" }, BOTH);
  expect(await findRecord(swarm.manager, NAME, SPEC.id)).toMatchObject({
    pinnedTo: "large",
    visited: ["small", "gone", "large"],
  });
});

test("what empties its data is an image that ran: not the one that is only just ordered, nor one that was put back", async () => {
  const swarm = await startManager();
  const { manager } = swarm;
  const service = serviceView({
    ID: "svc",
    Spec: {
      Labels: { "ai.automna.instance": SPEC.id },
      TaskTemplate: { ContainerSpec: { Image: "demo:proven" } },
    },
  });
  await order(swarm, RECORD, BOTH, service);
  expect(await findRecord(manager, NAME, SPEC.id)).toMatchObject({ image: "demo:proven" });
  await keepRecord(manager, NAME, SPEC.id, { ...RECORD, image: "demo:bad" });
  await noteNodes(manager, NAME, service);
  expect(await findRecord(manager, NAME, SPEC.id)).toMatchObject({ pinnedTo: "small", image: "demo:proven" });
});

test("the record says whether a volume was ever kept, whatever the policy has become since", async () => {
  const swarm = await startManager();
  const { manager, configs } = swarm;
  const kept = async () => (await findRecord(manager, NAME, SPEC.id))?.kept;
  await order(swarm, null, BOTH, null, IN_MEMORY);
  expect(await kept()).toBe(false);
  await order(swarm, await findRecord(manager, NAME, SPEC.id), BOTH);
  expect(await kept()).toBe(true);
  await order(swarm, await findRecord(manager, NAME, SPEC.id), BOTH, null, IN_MEMORY);
  expect(await kept()).toBe(true);
  const Labels = { "ai.automna.deployment": DEPLOYMENT, "ai.automna.instance": SPEC.id };
  configs.set(`${NAME}-nodes`, { ID: "old", Version: { Index: 1 }, Spec: { Labels } });
  expect(await kept()).toBe(true);
});

test.each([
  ["is emptied", true, [`${NAME}-wipe`]],
  ["of which nothing was kept is left alone", false, []],
])("at a removal under a policy that keeps nothing, what %s", async (_, kept, made) => {
  const { manager, host, services } = await startManager();
  await keepRecord(manager, NAME, SPEC.id, { ...RECORD, kept });
  const policy = { deployment: DEPLOYMENT, images: { demo: "demo:1" } };
  const state: StatePolicy = { kind: "node", disk: IN_MEMORY };
  const driver = startSwarmDriver({ engine: { host }, policy, state });
  await driver.destroy(SPEC.id);
  expect(services.map(({ Name }) => Name)).toEqual(made);
  expect(await findRecord(manager, NAME, SPEC.id)).toBeNull();
});
