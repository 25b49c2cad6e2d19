import { expect, onTestFinished, test } from "vitest";
import { containerProfile, startSwarmDriver } from "../src/containers/index.ts";
import type { ContainerPolicy } from "../src/containers/index.ts";
import { LABEL, ownershipLabels } from "../src/containers/labels.ts";
import { swarmService } from "../src/drivers/swarm/service-spec.ts";
import { startScriptedEngine } from "./support/scripted-engine.ts";
import type { Json } from "./support/scripted-engine.ts";
import { specWith } from "./support/instances.ts";

const policy: ContainerPolicy = { images: { demo: "gateway:1" } };
const spec = specWith();
const profile = containerProfile(spec, policy, { routerAddresses: [], attempt: "a1", workspace: "within" });
const ORDER = swarmService(profile, {
  networkId: "net1",
  files: [],
  state: { kind: "node", disk: { kind: "unlimited" } },
  constraints: [],
  pinnedTo: "n1",
  maxRestarts: 5,
  stableAfterMs: 60_000,
  monitorMs: 10_000,
  forced: 1,
  startInterval: true,
});
const AT = "2026-11-22T10:00:00Z";
const SERVICE = { ID: "s1", Version: { Index: 7 }, CreatedAt: AT, UpdatedAt: AT, Spec: ORDER };
const NODE = {
  ID: "n1",
  Spec: { Availability: "active" },
  Description: { Hostname: "one" },
  Status: { State: "ready" },
};

const task = (change: Json = {}, labels: Json = profile.labels): Json => ({
  ID: "t1",
  ServiceID: "s1",
  CreatedAt: AT,
  NodeID: "n1",
  DesiredState: "running",
  Spec: { ContainerSpec: { Labels: labels } },
  Status: { State: "running", Timestamp: AT },
  ...change,
});

/** As a manager answers. */
interface Lists {
  readonly services: readonly object[];
  readonly tasks: readonly Json[];
  readonly nodes: readonly Json[];
}

async function surveyOf(change: Partial<Lists> = {}) {
  const lists: Lists = { services: [SERVICE], tasks: [task()], nodes: [NODE], ...change };
  const { host, asked } = await startScriptedEngine((line) => {
    const list = new Map(Object.entries(lists)).get(line.replace("GET /", ""));
    return list ? [200, list as readonly Json[]] : [500, { message: "Nobody asked for that." }];
  });
  const driver = startSwarmDriver({ engine: { host }, policy });
  onTestFinished(() => driver.close());
  return { found: await driver.survey?.(), asked };
}

test("services that run are told of by three requests", async () => {
  const { found, asked } = await surveyOf();
  expect(found).toEqual(
    new Map([
      [
        spec.id,
        {
          revision: spec.revision,
          target: { host: ORDER.Name, port: 18_789, prefix: "strip", forwardedHeaders: "write" },
        },
      ],
    ]),
  );
  expect(asked.toSorted()).toEqual(["GET /nodes", "GET /services", "GET /tasks", "GET /version"]);
});

test.each<[string, Partial<Lists>]>([
  ["whose task is not listed", { tasks: [] }],
  ["whose node is away", { nodes: [{ ...NODE, Status: { State: "down" } }] }],
  ["whose node is not listed", { nodes: [] }],
  ["that is being replaced", { tasks: [task({}, { ...profile.labels, [LABEL.revision]: "before" })] }],
  [
    "that failed",
    { tasks: [task({ DesiredState: "shutdown", Status: { State: "failed", Timestamp: AT } })] },
  ],
  [
    "that was put back to what it was",
    { services: [{ ...SERVICE, UpdateStatus: { State: "rollback_completed" } }] },
  ],
  ["whose data is being removed", { tasks: [task({}, ownershipLabels("automna", spec.id))] }],
])("one %s is left to a closer look", async (_, change) => {
  expect((await surveyOf(change)).found).toEqual(new Map());
});

test("a manager that cannot list one of the three is no swarm without gateways", async () => {
  const { host } = await startScriptedEngine((line) =>
    line === "GET /tasks" ? [500, { message: "It is busy." }] : [200, []],
  );
  const driver = startSwarmDriver({ engine: { host }, policy });
  onTestFinished(() => driver.close());
  await expect(driver.survey?.()).rejects.toThrow("It is busy.");
});
