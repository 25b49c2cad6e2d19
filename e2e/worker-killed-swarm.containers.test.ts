import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LABEL } from "../packages/control-plane/src/containers/labels.ts";
import { cullIdle } from "../packages/control-plane/src/jobs/index.ts";
import {
  buildFakeGatewayImage,
  NEXT_FAKE_GATEWAY_IMAGE,
  tagNextFakeGateway,
} from "../packages/control-plane/test/support/fake-gateway-image.ts";
import { askThrough, startRouter } from "../packages/control-plane/test/support/swarm-cell.ts";
import {
  startSwarmNodes,
  type SwarmNode,
  type SwarmNodes,
} from "../packages/control-plane/test/support/swarm-nodes.ts";
import {
  type ContainerStage,
  newDeployment,
  newDeploymentName,
  startContainerStage,
} from "./support/container-stage.ts";
import type { ContainerWorker } from "./support/container-worker.ts";
import {
  expectEachDeathMended,
  type Ground,
  type Job,
  look,
  READY,
  removalOfData,
  roleIn,
  type Scene,
  STOPPED,
  wished,
} from "./support/killed-worker.ts";

let swarm: SwarmNodes;
let node: SwarmNode;
let stage: ContainerStage;

beforeAll(async () => {
  swarm = await startSwarmNodes(1);
  [node] = swarm.nodes as [SwarmNode];
  buildFakeGatewayImage(node.host);
  await tagNextFakeGateway(node.docker);
  stage = await startContainerStage(node.host);
});

afterAll(async () => {
  await stage?.close();
  await swarm?.[Symbol.asyncDispose]();
});

const ofDeployment = (name: string) => ({ label: [`${LABEL.deployment}=${name}`] });

/** Everything of the deployment that the swarm has, and what its node keeps of a gateway. */
async function objectsIn(scene: Scene): Promise<readonly string[]> {
  const { docker } = node;
  const filters = ofDeployment(scene.deployment.name);
  const [services, networks, secrets, configs, containers, volumes] = await Promise.all([
    docker.listServices({ filters }),
    docker.listNetworks({ filters }),
    docker.listSecrets({ filters }),
    docker.listConfigs({ filters }),
    docker.listContainers({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const kept = await Promise.all(
    volumes.Volumes.map(async ({ Name, Mountpoint }) =>
      (await readdir(Mountpoint)).length > 0 ? [Name] : [],
    ),
  );
  const role = (kind: string, name = "") => `${kind} ${roleIn(scene, name)}`;
  return [
    ...services.map(({ Spec }) => `${role("service", Spec?.Name)} of ${Spec?.Mode?.Replicated?.Replicas}`),
    ...networks.map(({ Name }) => role("network", Name)),
    ...secrets.map(({ Spec }) => role("secret", Spec?.Name)),
    ...configs.map(({ Spec }) => role("config", Spec?.Name)),
    ...containers.map(({ Labels }) => `running ${scene.roles.get(Labels[LABEL.instance] ?? "")}`),
    ...kept.flat().map((name) => role("data", name)),
  ].sort();
}

const ground: Ground = {
  async settle(product) {
    const name = newDeploymentName();
    await node.docker.createNetwork({ Name: `${name}-outside`, Driver: "bridge" });
    const { port } = await startRouter(node, name);
    const swarmed = { relay: `http://${node.address}:${port}` };
    return newDeployment(stage, { name, latestImage: NEXT_FAKE_GATEWAY_IMAGE, product, swarm: swarmed });
  },
  ask: ({ swarm: reached }, observed, path) => askThrough(reached?.relay ?? "", observed, path),
  // The swarm ends its tasks, and the driver removes what was superseded, behind the answer.
  expectLeft: (scene, expected) =>
    vi.waitFor(async () => expect(await objectsIn(scene)).toEqual(expected), { interval: 250 }),
  async clear({ name }) {
    const { docker } = node;
    for (const { ID } of await docker.listServices({ filters: ofDeployment(name) }))
      await docker.getService(ID).remove();
    const routers = await docker.listContainers({ filters: { label: [`${LABEL.router}=${name}`] } });
    for (const { Id } of routers) await docker.getContainer(Id).remove({ force: true });
  },
};

const FILES = ["config main-nodes", "network main"];
const running = () => [...FILES, "data main-state", "running main", "secret main-0", "service main of 1"];
const resting = () => [...FILES, "data main-state", "service main of 0"];

/** Nobody has used it for longer than the others. */
async function goesIdle(scene: Scene, worker: ContainerWorker): Promise<void> {
  await wished(ground)(scene, worker);
  await stage.database.instance.update({ where: { id: scene.id }, data: { readySince: new Date(0) } });
  await cullIdle(scene.deployment.gateways.commands, 3_600_000);
}

const JOBS: Readonly<Record<string, Job>> = {
  "first start": {
    product: "openclaw",
    before: () => Promise.resolve(),
    work: look,
    left: () => [...running(), "config main-2", "secret main-1"],
    row: READY,
    keeps: false,
  },
  "stop of an idle one": {
    before: goesIdle,
    work: look,
    left: resting,
    row: { ...STOPPED, stopReason: "idle" },
  },
  "wake of an idle one": {
    before: async (scene, worker) => {
      await goesIdle(scene, worker);
      await worker.worker.look(scene.id);
      await scene.deployment.gateways.ensure(scene.person);
    },
    work: look,
    left: running,
    row: READY,
  },
  rotation: {
    before: wished(ground, "rotate"),
    work: look,
    // What was superseded is removed beside the work, sooner or later.
    deaths: (steps) => steps.filter((step) => !step.startsWith("remove")),
    left: running,
    row: { ...READY, nextToken: null },
  },
  upgrade: {
    before: wished(ground, "upgrade"),
    work: look,
    // What comes after the trial is a rotation's.
    deaths: (steps) => steps.filter((step) => / trial|^update services main$/.test(step)),
    left: running,
    row: { ...READY, image: NEXT_FAKE_GATEWAY_IMAGE, nextImage: null },
  },
  "removal of data": removalOfData(ground),
};

test.concurrent.each(Object.entries(JOBS))(
  "a worker of a swarm killed by SIGKILL after any step (%s): the next one ends it, nothing is lost and nothing left over",
  (name, job) => expectEachDeathMended(ground, name, job),
  600_000,
);
