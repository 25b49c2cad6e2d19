import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { containerNames, containerProfile } from "../src/containers/index.ts";
import { runContainer } from "../src/drivers/docker/containers.ts";
import { createOptions, weaknesses } from "../src/drivers/docker/create-options.ts";
import { Manager } from "../src/drivers/swarm/manager.ts";
import { orderService } from "../src/drivers/swarm/ordering.ts";
import { specWith } from "./support/instances.ts";
import { startWeakEngine } from "./support/weak-engine.ts";

const DEPLOYMENT = "automna";
const POLICY = { deployment: DEPLOYMENT, images: { demo: "demo:1" } };
const SPEC = specWith();
const NAMES = containerNames(SPEC.id, DEPLOYMENT);
const PROFILE = containerProfile(SPEC, POLICY, { routerAddresses: ["10.213.0.1"], attempt: "first" });
const PUBLISH = { firstPort: 19_000, lastPort: 19_010 };

/** The container as an engine describes it that grants what is ordered, with some of it changed. */
function made(host: object = {}, config: object = {}): ContainerInspectInfo {
  const options = createOptions(PROFILE, NAMES, PUBLISH.firstPort, 5);
  return {
    Config: { User: options.User, ...config },
    HostConfig: { ...options.HostConfig, ...host },
  } as unknown as ContainerInspectInfo;
}

test("a container that is as it was ordered has no weakness", () => {
  expect(weaknesses(made(), PROFILE)).toEqual([]);
});

test.each<[weakness: string, host: object, config?: object]>([
  ["it runs as another user", {}, { User: "" }],
  ["it is privileged", { Privileged: true }],
  ["it keeps capabilities", { CapDrop: null }],
  ["it keeps capabilities", { CapAdd: ["NET_ADMIN"] }],
  ["it may gain privileges", { SecurityOpt: null }],
  ["it may gain privileges", { SecurityOpt: ["seccomp=unconfined"] }],
  ["its root can be written", { ReadonlyRootfs: false }],
  ["its memory has no limit", { Memory: 0 }],
  ["its CPU has no limit", { NanoCpus: 0 }],
  ["its processes have no limit", { PidsLimit: null }],
  ["it shares a network", { NetworkMode: "bridge" }],
  ["it is published beyond loopback", { PortBindings: { "18789/tcp": [{ HostIp: "0.0.0.0" }] } }],
])("that %s is found in what the engine describes: %j", (weakness, host, config) => {
  expect(weaknesses(made(host, config), PROFILE)).toEqual([weakness]);
});

const described = (order: Record<string, unknown>, host: object = {}) => ({
  Id: "made",
  Config: { User: order["User"] },
  HostConfig: { ...(order["HostConfig"] as object), ...host },
});

const run = ({ engine }: Awaited<ReturnType<typeof startWeakEngine>>) =>
  runContainer(engine, { profile: PROFILE, names: NAMES, publish: PUBLISH, maxRestarts: 5 });

test("a container that the engine made weaker than ordered is removed, and never started", async () => {
  const weak = await startWeakEngine((order) => described(order, { SecurityOpt: null }));
  await expect(run(weak)).rejects.toMatchObject({
    code: "not-hardened",
    message: expect.stringMatching(/it may gain privileges.*Update Docker/),
  });
  expect(weak.asked).toContain("DELETE /containers/made");
  expect(weak.asked).not.toContain("POST /containers/made/start");
});

test("one that is as ordered is started", async () => {
  const honest = await startWeakEngine((order) => described(order));
  await run(honest);
  expect(honest.asked).toContain("POST /containers/made/start");
  expect(honest.asked).not.toContain("DELETE /containers/made");
});

const order = (weak: Awaited<ReturnType<typeof startWeakEngine>>) =>
  orderService(
    new Manager(weak.engine, DEPLOYMENT),
    {
      containers: POLICY,
      state: { kind: "fresh", disk: { kind: "unlimited" } },
      nodes: null,
      maxRestarts: 5,
      stableAfterMs: 60_000,
      monitorMs: 10_000,
    },
    {
      spec: SPEC,
      overlay: { id: "net1", name: NAMES.main, routerAddresses: ["10.213.0.2"] },
      attempt: "first",
    },
    {
      service: null,
      record: null,
      tasks: [],
      nodes: [
        {
          id: "n1",
          name: "one",
          isUp: true,
          isActive: true,
          takesTasks: true,
          cpus: 4,
          memoryBytes: 8 * 1024 ** 3,
          labels: {},
        },
      ],
    },
  );

test("a service that the swarm made weaker than ordered is stopped: what it is on record for stays, its secret goes", async () => {
  const weak = await startWeakEngine((spec) => ({
    ID: "made",
    Spec: { ...spec, EndpointSpec: { Mode: "vip", Ports: [{ TargetPort: 18_789 }] } },
  }));
  await expect(order(weak)).rejects.toMatchObject({
    code: "not-hardened",
    message: expect.stringMatching(/it is published, it has a virtual address.*Update Docker/),
  });
  expect(weak.asked).toEqual(expect.arrayContaining(["POST /services/made/update", "DELETE /secrets/made"]));
  expect(weak.asked).not.toContain("DELETE /services/made");
});

test("one that is as ordered stays", async () => {
  const honest = await startWeakEngine((spec) => ({ ID: "made", Spec: spec }));
  expect(await order(honest)).toMatchObject({ name: NAMES.main });
  expect(honest.asked).not.toContain("POST /services/made/update");
  expect(honest.asked).not.toContain("DELETE /secrets/made");
});
