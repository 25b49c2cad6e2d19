import { expect, test } from "vitest";
import { containerProfile } from "../src/containers/index.ts";
import type { ContainerPolicy, StatePolicy } from "../src/containers/index.ts";
import { sameEverywhere } from "../src/drivers/swarm/image-reference.ts";
import { listedServices } from "../src/drivers/swarm/listing.ts";
import { visitedNodes } from "../src/drivers/swarm/node-record.ts";
import { isUnderWay, serviceObservation } from "../src/drivers/swarm/observation.ts";
import { isOutdated, overlayOf } from "../src/drivers/swarm/overlay.ts";
import { chooseNode, eligibleNodes, memoryOf } from "../src/drivers/swarm/placement.ts";
import { serviceWeaknesses, swarmService, withoutTask } from "../src/drivers/swarm/service-spec.ts";
import type { ServiceOrder } from "../src/drivers/swarm/service-spec.ts";
import { nodeView, serviceView, taskView } from "../src/drivers/swarm/views.ts";
import type { NodeView, RawTask, ServiceView, TaskView } from "../src/drivers/swarm/views.ts";
import { changedIn, conditions } from "../src/drivers/swarm/watch.ts";
import { wipeJob } from "../src/drivers/swarm/wipe.ts";
import type { InstanceSpec } from "../src/index.ts";
import { settingsWith, specWith, tokenOf } from "./support/instances.ts";

const POLICY: ContainerPolicy = {
  images: { openclaw: "openclaw:1", demo: "demo:1", clawdbot: "clawdbot:1" },
};
const KEY = "model-key-of-this-test";
const ID = "0123456789abcdef01234567";
const STAYS: StatePolicy = { kind: "node", disk: { kind: "unlimited" } };

const profileOf = (spec: InstanceSpec, policy: Partial<ContainerPolicy> = {}) =>
  containerProfile(
    spec,
    { ...POLICY, ...policy },
    { routerAddresses: ["10.213.0.2"], attempt: "first", workspace: "within" },
  );

const orderWith = (change: Partial<ServiceOrder> = {}): ServiceOrder => ({
  networkId: "net1",
  files: [
    { id: "s1", name: "env", path: "/run/automna/gateway.env", secret: true },
    { id: "c1", name: "config", path: "/run/automna/openclaw.json", secret: false },
  ],
  state: STAYS,
  constraints: ["node.labels.automna == gateways"],
  pinnedTo: "n1",
  maxRestarts: 5,
  stableAfterMs: 60_000,
  monitorMs: 10_000,
  forced: 1,
  startInterval: true,
  ...change,
});

/** As much of a service's task as these tests look at. */
interface Template {
  readonly ContainerSpec: Record<string, unknown> & { readonly Command: string[]; readonly Mounts: object[] };
}

const serviceOf = (spec: InstanceSpec, change: Partial<ServiceOrder> = {}) =>
  swarmService(profileOf(spec), orderWith(change));

const containerOf = (service: ReturnType<typeof serviceOf>) =>
  (service.TaskTemplate as unknown as Template).ContainerSpec;

test.each(["openclaw", "clawdbot", "demo"] as const)(
  "%s: every hardening is ordered of the swarm",
  (product) => {
    const spec = specWith({ product });
    const service = serviceOf(spec);
    expect(containerOf(service)).toMatchObject({
      User: "1000:1000",
      Init: true,
      ReadOnly: true,
      CapabilityDrop: ["ALL"],
      Privileges: { NoNewPrivileges: true },
    });
    expect(containerOf(service).Command.slice(0, 3)).toEqual(["setpriv", "--no-new-privs", "node"]);
    expect(service).toMatchObject({
      EndpointSpec: { Mode: "dnsrr" },
      Mode: { Replicated: { Replicas: 1 } },
      TaskTemplate: {
        Networks: [{ Target: "net1" }],
        LogDriver: { Name: "json-file", Options: { "max-file": "2" } },
        Resources: { Limits: { Pids: profileOf(spec).limits.pids } },
      },
    });
    expect(serviceWeaknesses(service, profileOf(spec))).toEqual([]);
  },
);

test("a manager that does not take an order over is found out", () => {
  const profile = profileOf(specWith());
  const weaker = {
    ...serviceOf(specWith()),
    EndpointSpec: { Mode: "vip", Ports: [{ TargetPort: 18_789 }] },
    TaskTemplate: { ContainerSpec: { Command: ["node"] } },
  };
  expect(serviceWeaknesses(weaker, profile)).toEqual([
    "it runs as another user",
    "it keeps capabilities",
    "it may gain privileges",
    "its root can be written",
    "its memory has no limit",
    "its CPU has no limit",
    "its processes have no limit",
    "it shares a network",
    "it is published",
    "it has a virtual address",
  ]);
});

test("secrets and configuration are files of the gateway's own, and no secret stands in the order", () => {
  const spec = specWith({
    product: "clawdbot",
    settings: settingsWith({ model: { kind: "openai", apiKey: KEY } }),
  });
  const service = serviceOf(spec);
  const owned = { UID: "1000", GID: "1000", Mode: 0o400 };
  expect(containerOf(service)).toMatchObject({
    Secrets: [{ SecretID: "s1", File: { Name: "/run/automna/gateway.env", ...owned } }],
    Configs: [{ ConfigID: "c1", File: { Name: "/run/automna/openclaw.json", ...owned } }],
  });
  expect(JSON.stringify(service)).not.toContain(tokenOf(spec));
  expect(JSON.stringify(service)).not.toContain(KEY);
});

const STATES: readonly [StatePolicy, mount: object, order: string][] = [
  [STAYS, { Type: "volume", VolumeOptions: { DriverConfig: { Options: {} } } }, "stop-first"],
  [
    { kind: "fresh", disk: { kind: "quota", bytes: 1000 } },
    { Type: "volume", VolumeOptions: { DriverConfig: { Options: { size: "1000" } } } },
    "stop-first",
  ],
  [
    { kind: "shared", directory: "/mnt/agents", disk: { kind: "unlimited" } },
    {
      Type: "volume",
      VolumeOptions: {
        DriverConfig: { Options: { type: "none", o: "bind", device: `/mnt/agents/automna-${ID}-state` } },
      },
    },
    "stop-first",
  ],
  [
    { kind: "fresh", disk: { kind: "tmpfs", bytes: 1000 } },
    {
      Type: "volume",
      Source: "",
      VolumeOptions: {
        DriverConfig: { Options: { type: "tmpfs", o: expect.stringMatching(/^size=1000,.*uid=1000/) } },
      },
    },
    "start-first",
  ],
];

test.each(STATES)("state %j is mounted so, and two gateways never share it", (state, mount, order) => {
  const service = serviceOf(specWith(), { state });
  expect(containerOf(service).Mounts[0]).toMatchObject({ Target: "/home/node", ...mount });
  expect(service.UpdateConfig).toMatchObject({ Order: order, FailureAction: "rollback", MaxFailureRatio: 0 });
});

test("the workspace lies within the state: nobody could give a second volume on another node to the gateway", () => {
  const profile = profileOf(specWith({ product: "openclaw" }));
  expect(profile.volumes.map(({ path }) => path)).toEqual(["/home/node"]);
  expect(profile.files.find(({ secret }) => !secret)?.content).toContain("/home/node/workspace");
});

test("where state stays on its node the service does too; elsewhere the swarm chooses among the labelled", () => {
  const constraints = (change: Partial<ServiceOrder>) =>
    serviceOf(specWith(), change).TaskTemplate?.Placement?.Constraints;
  expect(constraints({})).toEqual(["node.labels.automna == gateways", "node.id == n1"]);
  expect(constraints({ pinnedTo: null })).toEqual(["node.labels.automna == gateways"]);
});

test("a service without a task holds no secret, and still knows its node", () => {
  const stopped = serviceView({ ID: "svc", Spec: withoutTask(serviceOf(specWith())) });
  expect(stopped).toMatchObject({ replicas: 0, fileIds: [], pinnedTo: "n1" });
});

test("its data may lie on every node that is on record, that an older version noted, and that a task was on", () => {
  const record = { pinnedTo: "n2", visited: ["n1", "n2"], image: "demo:1", kept: true };
  const older = running({ visited: ["n1", "n3"] });
  const tasks = [taskWith("shutdown", { nodeId: "n4" }), taskWith("pending", { nodeId: null })];
  expect(visitedNodes(record, older, tasks, "n5")).toEqual(["n1", "n2", "n3", "n5", "n4"]);
  expect(visitedNodes(null, null, [], null)).toEqual([]);
});

test("engines that cannot hasten the first beat beat faster throughout, and bear as long a silence", () => {
  const beat = (startInterval: boolean) =>
    containerOf(serviceOf(specWith(), { startInterval }))["HealthCheck"];
  expect(beat(true)).toMatchObject({ Interval: 30e9, StartInterval: 1e9, Retries: 3 });
  expect(beat(false)).toMatchObject({ Interval: 2e9, Retries: 45 });
});

test("Traefik is told of the router's rule, and of a port without which it would pass the rule over", () => {
  const traefik = { domain: "agents.example.com", service: "router@file" };
  const profile = profileOf({ ...specWith(), subdomain: "u-abc" }, { traefik });
  const { Labels } = swarmService(profile, orderWith());
  expect(Labels).toMatchObject({
    [`traefik.http.routers.automna-${ID}.service`]: "router@file",
    [`traefik.http.services.automna-${ID}.loadbalancer.server.port`]: "18789",
  });
});

test("data is emptied by a task on its node that can do nothing else", () => {
  const names = { main: `automna-${ID}`, state: `automna-${ID}-state` };
  const order = { instanceId: ID, names, image: "demo:1", networkId: "net1" };
  expect(wipeJob(order, "automna", "n2")).toMatchObject({
    Name: `automna-${ID}-wipe`,
    Labels: { "ai.automna.instance": ID },
    TaskTemplate: {
      Networks: [{ Target: "net1" }],
      ContainerSpec: {
        Image: "demo:1",
        Mounts: [{ Type: "volume", Source: `automna-${ID}-state`, Target: "/home/node" }],
        Command: ["find", "/home/node", "-mindepth", "1", "-delete"],
        CapabilityDrop: ["ALL"],
        CapabilityAdd: ["CAP_DAC_OVERRIDE", "CAP_FOWNER"],
      },
      Placement: { Constraints: ["node.id == n2"] },
    },
  });
  expect(wipeJob({ ...order, networkId: null }, "automna", "n2").TaskTemplate).not.toHaveProperty("Networks");
});

const IMAGES: readonly [image: string, digests: string[], reference: string][] = [
  ["ghcr.io/o/openclaw:1", ["ghcr.io/o/openclaw@sha256:aa"], "ghcr.io/o/openclaw@sha256:aa"],
  ["ghcr.io/o/openclaw:1", ["mirror/openclaw@sha256:aa"], "sha256:id"],
  ["registry:5000/openclaw", ["registry:5000/openclaw@sha256:bb"], "registry:5000/openclaw@sha256:bb"],
  ["automna/demo:local", [], "sha256:id"],
];

test.each(IMAGES)("the image %s with the digests %j is ordered as %s", (image, digests, reference) => {
  expect(sameEverywhere(image, "sha256:id", digests)).toBe(reference);
});

test("routers have the lower half of a network, without its first address; no task is given one of them", () => {
  const overlay = overlayOf({
    Id: "net1",
    Name: "n",
    IPAM: { Config: [{ Subnet: "10.213.0.32/27" }] },
  } as never);
  expect(overlay?.routerAddresses[0]).toBe("10.213.0.34");
  expect(overlay?.routerAddresses.at(-1)).toBe("10.213.0.47");
  expect(overlayOf({ Id: "net1", Name: "n", IPAM: { Config: [] } } as never)).toBeNull();
});

const KINDS: readonly [found: object, wish: { internal: boolean; encrypted: boolean }, outdated: boolean][] =
  [
    [{ Internal: false, Options: { encrypted: "" } }, { internal: false, encrypted: true }, false],
    [{ Internal: false, Options: { vxlan: "4097" } }, { internal: false, encrypted: false }, false],
    [{ Internal: false, Options: null }, { internal: false, encrypted: false }, false],
    [{ Internal: false, Options: null }, { internal: true, encrypted: false }, true],
    [{ Internal: true, Options: null }, { internal: false, encrypted: false }, true],
    [{ Internal: false, Options: null }, { internal: false, encrypted: true }, true],
    [{ Internal: false, Options: { encrypted: "" } }, { internal: false, encrypted: false }, true],
  ];

test.each(KINDS)("a network that is %j, where %j is wanted, is made anew: %s", (found, wish, outdated) => {
  const whole = { name: "n", labels: {}, pool: "10.213.0.0/16", ...wish };
  expect(isOutdated(found as never, whole)).toBe(outdated);
});

const nodeWith = (id: string, change: Partial<NodeView> = {}): NodeView => ({
  id,
  name: `name-of-${id}`,
  isUp: true,
  isActive: true,
  takesTasks: true,
  cpus: 2,
  memoryBytes: 8000,
  labels: {},
  ...change,
});

const NODES = [nodeWith("n1"), nodeWith("n2")];
const NODE_1_AWAY = [nodeWith("n1", { isUp: false, isActive: false }), nodeWith("n2")];

function taskWith(state: RawTask["Status"]["State"], change: Partial<TaskView> = {}): TaskView {
  const raw: RawTask = {
    ID: "t1",
    CreatedAt: "2026-11-21T10:00:00Z",
    NodeID: "n1",
    DesiredState: "running",
    Spec: { ContainerSpec: { Labels: { "ai.automna.revision": "r2", "ai.automna.instance": ID } } },
    Status: { State: state, Timestamp: "2026-11-21T10:00:05Z", ContainerStatus: { ContainerID: "c1" } },
  };
  return { ...taskView(raw), ...change };
}

const LATER = Date.parse("2026-11-21T10:01:00Z");

function running(change: Partial<ServiceView> = {}): ServiceView {
  const labels = { "ai.automna.revision": "r2", "ai.automna.prefix": "strip" };
  return {
    ...serviceView({ ID: "svc", Spec: { ...serviceOf(specWith()), Name: "gateway-1", Labels: labels } }),
    ...change,
  };
}

const STOPPED: Partial<ServiceView> = { replicas: 0 };
const ROLLED_BACK: Partial<ServiceView> = { update: "rollback_completed" };
const FREE: Partial<ServiceView> = { pinnedTo: null };

const OBSERVATIONS: readonly [
  what: string,
  service: Partial<ServiceView>,
  tasks: TaskView[],
  nodes: NodeView[],
  expected: object,
][] = [
  [
    "that runs is reached by its name",
    {},
    [taskWith("running")],
    NODES,
    { status: "running", revision: "r2", target: { host: "gateway-1", port: 18_789 }, containerId: "c1" },
  ],
  ["that has no task yet is on its way", {}, [], NODES, { status: "running" }],
  ["that is being started is on its way", {}, [taskWith("preparing")], NODES, { status: "running" }],
  ["that was scaled down is stopped", STOPPED, [taskWith("shutdown")], NODES, { status: "stopped" }],
  ["that still ends is not yet stopped", STOPPED, [taskWith("running")], NODES, { status: "unknown" }],
  [
    "that was scaled down is not held up by a lost node",
    STOPPED,
    [taskWith("running")],
    NODE_1_AWAY,
    { status: "stopped" },
  ],
  [
    "whose predecessor still runs proves nothing yet",
    {},
    [taskWith("running", { id: "t0", revision: "r1" }), taskWith("starting", { createdAt: LATER })],
    NODES,
    { status: "unknown" },
  ],
  [
    "whose node is away, with its state, is unknown and waits",
    {},
    [taskWith("running")],
    NODE_1_AWAY,
    { status: "unknown", reason: expect.stringContaining("It goes on when the node is back") },
  ],
  [
    "whose node was removed from the swarm can be started elsewhere",
    {},
    [taskWith("pending", { nodeId: null })],
    [nodeWith("n2")],
    { status: "stopped" },
  ],
  [
    "that may move, on a node that is away, is unknown until the swarm moves it",
    FREE,
    [taskWith("running")],
    NODE_1_AWAY,
    { status: "unknown", reason: expect.stringContaining("on another") },
  ],
  [
    "that has moved runs",
    FREE,
    [
      taskWith("running", { wanted: "shutdown" }),
      taskWith("running", { id: "t2", nodeId: "n2", createdAt: LATER }),
    ],
    NODE_1_AWAY,
    { status: "running" },
  ],
  [
    "that no node can take is unknown, with the swarm's reason",
    {},
    [taskWith("pending", { nodeId: null, error: "insufficient resources on 2 nodes" })],
    NODES,
    { status: "unknown", reason: expect.stringContaining("insufficient resources") },
  ],
  [
    "that died and is started again",
    {},
    [
      taskWith("failed", { wanted: "shutdown", exitCode: 1 }),
      taskWith("ready", { id: "t2", createdAt: LATER }),
    ],
    NODES,
    { status: "restarting", attempt: 1, exit: { code: 1 } },
  ],
  [
    "that ended by itself in an orderly way is stopped",
    {},
    [taskWith("complete", { wanted: "shutdown", exitCode: 0 })],
    NODES,
    { status: "stopped", exit: { code: 0 } },
  ],
  [
    "that refused its configuration",
    {},
    [taskWith("failed", { wanted: "shutdown", exitCode: 78 })],
    NODES,
    { status: "failed", revision: "r2", failure: { code: "config-invalid" } },
  ],
  [
    "that kept dying",
    {},
    [taskWith("failed", { wanted: "shutdown", exitCode: 1, error: "task: non-zero exit (1)" })],
    NODES,
    {
      status: "failed",
      failure: { code: "crash-loop", message: expect.stringContaining("non-zero exit (1)") },
    },
  ],
  [
    "that was killed for want of memory",
    {},
    [taskWith("failed", { wanted: "shutdown", exitCode: 137 })],
    NODES,
    {
      status: "failed",
      failure: { message: expect.stringContaining("its limit of 192 MB. Raise the limit") },
    },
  ],
  [
    "that the swarm put back says so, and of which revision",
    ROLLED_BACK,
    [taskWith("failed", { id: "t3", revision: "r3", error: "no such image" }), taskWith("running")],
    NODES,
    {
      status: "failed",
      revision: "r3",
      failure: { code: "upgrade-failed", message: expect.stringContaining("no such image") },
    },
  ],
];

test.each(OBSERVATIONS)("a service %s", (_, service, tasks, nodes, expected) => {
  const abandoned = service === ROLLED_BACK ? "r3" : null;
  expect(serviceObservation({ service: running(service), tasks, nodes, abandoned })).toMatchObject(expected);
});

const UNDER_WAY: readonly [what: string, Partial<ServiceView>, TaskView[], revision: string, is: boolean][] =
  [
    ["what runs", {}, [taskWith("running")], "r2", true],
    ["what was only just ordered", {}, [], "r2", true],
    ["what the swarm starts again", {}, [taskWith("failed")], "r2", true],
    ["another revision", {}, [taskWith("running")], "r3", false],
    ["what was stopped", STOPPED, [], "r2", false],
    ["what the swarm has given up", {}, [taskWith("failed", { wanted: "shutdown" })], "r2", false],
  ];

test.each(UNDER_WAY)("%s: ordered again or not", (_, service, tasks, revision, is) => {
  expect(isUnderWay({ service: running(service), tasks, nodes: NODES }, revision)).toBe(is);
});

test("a gateway is given the node with the most memory left, among those that take new tasks", () => {
  const nodes = [nodeWith("n1"), nodeWith("n2"), nodeWith("n3", { isActive: false, memoryBytes: 1e6 })];
  expect(chooseNode(nodes, [taskWith("running")], 1000)).toBe("n2");
  expect(() => chooseNode([nodeWith("n1", { isActive: false })], [], 1000)).toThrow(
    expect.objectContaining({ code: "start-failed" }),
  );
  const labelled = nodeWith("n4", { labels: { automna: "gateways" } });
  expect(eligibleNodes([...nodes, labelled], { name: "automna", value: "gateways" })).toEqual([labelled]);
});

test.each([
  ["active", "ready", true, true],
  ["active", "down", false, true],
  ["drain", "ready", false, false],
])(
  "a node that is meant to be %s and is %s takes tasks now: %s, in general: %s",
  (Availability, State, now, ever) => {
    const node = nodeView({ ID: "n1", Spec: { Availability }, Status: { State } });
    expect(node).toMatchObject({ isActive: now, takesTasks: ever });
  },
);

test("a swarm has the memory of its nodes that are to take gateways, also of one that is away for a moment", () => {
  const labels = { automna: "gateways" };
  const nodes = [
    nodeWith("n1", { labels, memoryBytes: 1000 }),
    nodeWith("n2", { labels, memoryBytes: 500, isUp: false, isActive: false }),
    nodeWith("n3", { labels, memoryBytes: 1e6, isActive: false, takesTasks: false }),
    nodeWith("n4", { memoryBytes: 1e6 }),
  ];
  expect(memoryOf(nodes, { name: "automna", value: "gateways" })).toBe(1500);
});

test("the list: what has a task or secrets is running, a mere network or record is not", () => {
  const labels = (instance: string) => ({ "ai.automna.instance": instance });
  const networks = ["a", "b", "c"].map((id) => ({ Labels: labels(id), Created: "2026-11-21T10:00:00Z" }));
  const services = [running({ labels: labels("c") }), running({ labels: labels("d"), replicas: 0 })];
  const configs = ["a", "e"].map((id) => ({
    Spec: { Name: id, Labels: labels(id), Data: "" },
    CreatedAt: "2026-11-21T10:00:00Z",
  }));
  const listed = listedServices(services, networks, [labels("b")], configs);
  expect(listed.map(({ instanceId, running: is }) => `${instanceId} ${is}`)).toEqual([
    "a false",
    "b true",
    "c true",
    "d false",
    "e false",
  ]);
});

test("an instance is told of when its task is another, is in another state, or is gone", () => {
  const seen = (...tasks: TaskView[]) => conditions(tasks);
  const before = seen(taskWith("running"));
  expect(changedIn(before, seen(taskWith("running")))).toEqual([]);
  expect(changedIn(before, seen(taskWith("failed")))).toEqual([ID]);
  expect(
    changedIn(before, seen(taskWith("running"), taskWith("ready", { id: "t2", createdAt: LATER }))),
  ).toEqual([ID]);
  expect(changedIn(before, seen())).toEqual([ID]);
});
