import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { findInstance, newInstanceId } from "../packages/control-plane/src/database/index.ts";
import { authOf, open } from "../packages/control-plane/src/index.ts";
import { relayKeyOf } from "../packages/control-plane/src/model-relay/index.ts";
import { trialIdOf } from "../packages/control-plane/src/jobs/index.ts";
import { objectsOf, removeObjects } from "../packages/control-plane/test/support/engine-objects.ts";
import {
  NEXT_FAKE_GATEWAY_IMAGE,
  tagNextFakeGateway,
} from "../packages/control-plane/test/support/fake-gateway-image.ts";
import { specWith } from "../packages/control-plane/test/support/instances.ts";
import { askOverHttp } from "../packages/control-plane/test/support/http-probe.ts";
import {
  claimAnew,
  type ContainerStage,
  newDeployment,
  objectsFor,
  startContainerStage,
} from "./support/container-stage.ts";
import type { ContainerWorker } from "./support/container-worker.ts";
import {
  diesAfter,
  expectEachDeathMended,
  type Ground,
  type Job,
  look,
  READY,
  removalOfData,
  type Scene,
  STOPPED,
  wished,
} from "./support/killed-worker.ts";

let stage: ContainerStage;

beforeAll(async () => {
  stage = await startContainerStage(inject("dockerHost"));
  await tagNextFakeGateway(stage.docker);
});

afterAll(() => stage?.close());

const ground: Ground = {
  settle: (product) =>
    Promise.resolve(newDeployment(stage, { latestImage: NEXT_FAKE_GATEWAY_IMAGE, product })),
  ask: (_, observed, path) => askOverHttp(observed, path),
  async expectLeft({ deployment }, expected) {
    expect(await objectsOf(stage.docker, deployment.name)).toEqual(expected);
  },
  clear: ({ name }) => removeObjects(stage.docker, name),
};

const running = ({ deployment, id }: Scene) => objectsFor(deployment, id, "running");
const resting = ({ deployment, id }: Scene) => objectsFor(deployment, id, "resting");
const FIRST_START: Job = {
  before: async () => undefined,
  work: look,
  left: running,
  row: READY,
  keeps: false,
};

const JOBS: Readonly<Record<string, Job>> = {
  "first start": FIRST_START,
  "stop of a half-made start": {
    before: async (scene) => {
      await diesAfter("archive containers main-writer", scene, FIRST_START);
      await scene.deployment.gateways.command(scene.person, scene.id, "stop");
    },
    work: look,
    left: resting,
    row: STOPPED,
  },
  stop: {
    before: wished(ground, "stop"),
    work: look,
    left: resting,
    row: STOPPED,
  },
  wake: { before: wished(ground, "stop", "wake"), work: look, left: running, row: READY },
  rotation: {
    before: wished(ground, "rotate"),
    work: look,
    left: running,
    row: { ...READY, nextToken: null },
  },
  "handing over of other secrets as it runs": {
    product: "openclaw",
    before: async (scene, worker) => {
      await wished(ground)(scene, worker);
      await claimAnew(stage, scene.id);
    },
    work: look,
    left: running,
    row: { ...READY, nextToken: null },
    holds: async ({ id }, shown) => {
      const { auth, relayKey } = await secretsNow(id);
      // The same process, which was started once.
      const secrets = { names: [auth.identity, auth.control], key: relayKey };
      expect(shown).toMatchObject({ boots: 1, secrets });
    },
  },
  upgrade: {
    before: wished(ground, "upgrade"),
    work: look,
    // What comes between is a rotation's.
    deaths: (steps) => [
      ...steps.slice(0, steps.indexOf("remove containers main") + 1),
      "start containers main",
    ],
    left: running,
    row: { ...READY, image: NEXT_FAKE_GATEWAY_IMAGE, nextImage: null },
  },
  deletion: {
    before: wished(ground, "destroy"),
    work: look,
    left: resting,
    row: { desired: "destroyed", observed: "stopped", purgedAt: null },
  },
  "removal of data": removalOfData(ground),
  "sweep of orphans": {
    before: leaveOrphans,
    work: () => ({ kind: "sweep", now: Date.now() + 3_600_000 }),
    // The sweep goes by the ids, which are others each time.
    deaths: (steps, { roles }) =>
      [...roles]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([, role]) => steps.filter((step) => step.includes(` ${role}`))),
    left: ({ deployment, roles, id }) => [
      ...objectsFor(deployment, idOf(roles, "stranger"), "stopped"),
      ...objectsFor(deployment, id, "running"),
    ],
    row: READY,
  },
};

test.concurrent.each(Object.entries(JOBS))(
  "a worker killed by SIGKILL after any step (%s): the next one ends it, nothing is lost and nothing left over",
  (name, job) => expectEachDeathMended(ground, name, job),
  600_000,
);

/** What follows from the token in force. */
async function secretsNow(id: string) {
  const row = await findInstance(stage.database, id);
  if (!row) throw new Error("It is gone.");
  const token = open(stage.keyRing, row.sealedToken, { userId: row.ownerId, instanceId: id });
  const auth = authOf({ driver: "docker", product: "openclaw", id }, token);
  if (auth.mode === "token") throw new Error("The router vouches for it.");
  return { auth, relayKey: relayKeyOf(id, token) };
}

/** An agent that nobody knows, the rest of an upgrade's trial, and data of somebody who is gone. */
async function leaveOrphans(
  { deployment, id, roles, person }: Scene,
  worker: ContainerWorker,
): Promise<void> {
  await wished(ground)({ deployment, id, roles, person, names: new Map() }, worker);
  const stranger = specWith({ id: newInstanceId() });
  const trial = specWith({ id: trialIdOf(id) });
  const gone = specWith({ id: (await deployment.gateways.provide(`gone, like ${person}`)).instance.id });
  for (const spec of [stranger, trial, gone]) await worker.driver.prepare(spec);
  for (const spec of [stranger, trial]) await worker.driver.start(spec);
  const purged = { desiredState: "destroyed", observedState: "absent", purgedAt: new Date() } as const;
  await stage.database.instance.update({ where: { id: gone.id }, data: purged });
  roles.set(stranger.id, "stranger").set(gone.id, "gone");
}

function idOf(roles: Scene["roles"], wanted: string): string {
  return [...roles].find(([, role]) => role === wanted)?.[0] ?? "";
}
