import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  changeInstance,
  findInstance,
  type InstanceRecord,
  newInstanceId,
  newToken,
} from "../packages/control-plane/src/database/index.ts";
import { authOf, open } from "../packages/control-plane/src/index.ts";
import { relayKeyOf } from "../packages/control-plane/src/model-relay/index.ts";
import { trialIdOf } from "../packages/control-plane/src/jobs/index.ts";
import { objectsOf, removeObjects } from "../packages/control-plane/test/support/engine-objects.ts";
import { FAKE_GATEWAY_IMAGE } from "../packages/control-plane/test/support/fake-gateway-image.ts";
import { specWith } from "../packages/control-plane/test/support/instances.ts";
import { askOverHttp } from "../packages/control-plane/test/support/http-probe.ts";
import {
  type ContainerStage,
  type Deployment,
  newDeployment,
  objectsFor,
  startContainerStage,
} from "./support/container-stage.ts";
import {
  type ContainerWorker,
  openContainerWorker,
  performWork,
  type Work,
} from "./support/container-worker.ts";
import { startEngineGate } from "./support/engine-gate.ts";
import { startWorkerToKill } from "./support/worker-to-kill.ts";

const NEXT_IMAGE = "automna-test/fake-gateway:2";

let stage: ContainerStage;

beforeAll(async () => {
  stage = await startContainerStage(inject("dockerHost"));
  await stage.docker.getImage(FAKE_GATEWAY_IMAGE).tag({ repo: "automna-test/fake-gateway", tag: "2" });
});

afterAll(() => stage?.close());

/** One person's agent in a deployment of its own. */
interface Scene {
  readonly deployment: Deployment;
  readonly person: string;
  readonly id: string;
  /** What each instance of the deployment is here, by its id. */
  readonly roles: Map<string, string>;
  /** Names of containers by their ids. */
  readonly names: Map<string, string>;
}

interface Job {
  /** What has been wanted and done before. */
  readonly before: (scene: Scene, worker: ContainerWorker) => Promise<void>;
  readonly work: (scene: Scene) => Work;
  /** The steps after which a worker is killed. Default all. */
  readonly deaths?: (steps: readonly string[], scene: Scene) => readonly string[];
  readonly left: (scene: Scene) => readonly string[];
  readonly row: Partial<InstanceRecord>;
  /** Whether something was written before. Default true. */
  readonly keeps?: boolean;
  /** What the agent behaves as. Default a demo. */
  readonly product?: Deployment["product"];
  /** What else has to hold. */
  readonly holds?: (scene: Scene, shown: unknown) => Promise<void>;
}

const DIARY = "/home/node/diary";

/** The agent runs and has kept something; then this was wanted, one thing after the other. */
const wished =
  (...commands: readonly ("stop" | "wake" | "rotate" | "upgrade" | "destroy")[]) =>
  async ({ deployment, person, id }: Scene, { worker, driver }: ContainerWorker) => {
    await worker.look(id);
    await askOverHttp(await driver.observe(id), `/write?path=${DIARY}&bytes=7`);
    for (const command of commands) {
      await worker.look(id);
      await deployment.gateways.command(person, id, command);
    }
  };

const look = ({ id }: Scene): Work => ({ kind: "look", instanceId: id });
const running = ({ deployment, id }: Scene) => objectsFor(deployment, id, "running");
const resting = ({ deployment, id }: Scene) => objectsFor(deployment, id, "resting");
const READY = { desired: "running", observed: "ready", failure: null } as const;

const STOPPED = { desired: "stopped", observed: "stopped" } as const;
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
    before: wished("stop"),
    work: look,
    left: resting,
    row: STOPPED,
  },
  wake: { before: wished("stop", "wake"), work: look, left: running, row: READY },
  rotation: { before: wished("rotate"), work: look, left: running, row: { ...READY, nextToken: null } },
  "handing over of other secrets as it runs": {
    product: "openclaw",
    before: async (scene, worker) => {
      await wished()(scene, worker);
      await claimAnew(scene);
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
    before: wished("upgrade"),
    work: look,
    // What comes between is a rotation's.
    deaths: (steps) => [
      ...steps.slice(0, steps.indexOf("remove containers main") + 1),
      "start containers main",
    ],
    left: running,
    row: { ...READY, image: NEXT_IMAGE, nextImage: null },
  },
  deletion: {
    before: wished("destroy"),
    work: look,
    left: resting,
    row: { desired: "destroyed", observed: "stopped", purgedAt: null },
  },
  "removal of data": {
    before: async (scene, worker) => {
      await wished("destroy")(scene, worker);
      await worker.worker.look(scene.id);
      await stage.database.instance.update({ where: { id: scene.id }, data: { purgeAfter: new Date(0) } });
    },
    work: look,
    left: () => [],
    row: { desired: "destroyed", observed: "absent", purgedAt: expect.any(Date) },
  },
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
  async (name, job) => {
    const model = await setScene(job, `model of ${name}`);
    const steps = await stepsOf(model, job);
    await removeObjects(stage.docker, model.deployment.name);
    let scene = await setScene(job, `person of ${name}`);
    for (const [at, step] of (job.deaths?.(steps, scene) ?? steps).entries()) {
      if (await diesAfter(step, scene, job)) continue;
      // What earlier deaths had left was brought to its end on another way.
      await expectIsAsWanted(scene, job);
      scene = await setScene(job, `person ${at} of ${name}`);
      expect(await diesAfter(step, scene, job)).toBe(true);
    }
    await expectIsAsWanted(scene, job);
  },
  600_000,
);

async function expectIsAsWanted(scene: Scene, job: Job): Promise<void> {
  const heir = openContainerWorker(scene.deployment);
  await performWork(job.work(scene), heir);
  const row = await findInstance(stage.database, scene.id);
  expect(row).toMatchObject(job.row);
  const owner = await stage.database.user.findUnique({ where: { id: row?.ownerId ?? "" } });
  expect(owner?.clerkId).toBe(scene.person);
  expect(await objectsOf(stage.docker, scene.deployment.name)).toEqual([...job.left(scene)].sort());
  const observed = await heir.driver.observe(scene.id);
  if (observed.status === "running" && job.keeps !== false)
    expect(await askOverHttp(observed, `/read?path=${DIARY}`)).toEqual({ text: "\u0001".repeat(7) });
  await job.holds?.(scene, await askOverHttp(observed, "/"));
  await heir.close();
  await removeObjects(stage.docker, scene.deployment.name);
}

async function setScene(job: Job, person: string): Promise<Scene> {
  const { product = "demo" } = job;
  const deployment = newDeployment(stage, { latestImage: NEXT_IMAGE, product });
  const { id } = (await deployment.gateways.provide(person)).instance;
  const roles = new Map([
    [id, "main"],
    [trialIdOf(id), "trial"],
  ]);
  const scene = { deployment, person, id, roles, names: new Map<string, string>() };
  const names = await startEngineGate(stage.engineHost, scene.names, String, () => undefined);
  const worker = openContainerWorker(deployment, { engineHost: names.host });
  await job.before(scene, worker);
  await worker.close();
  await names.close();
  return scene;
}

/** As a claim leaves one that runs: with a token that it never had, beside the one that it has. */
async function claimAnew({ id }: Scene): Promise<void> {
  await changeInstance(stage.database, id, ({ ownerId, generation }) => {
    const { sealedToken, tokenHash } = newToken({ userId: ownerId, instanceId: id }, stage.keyRing);
    return {
      generation: generation + 1,
      nextSealedToken: sealedToken,
      nextTokenHash: tokenHash,
      nextTokenBy: "handover",
    };
  });
}

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
  await wished()({ deployment, id, roles, person, names: new Map() }, worker);
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

/** `main` for the container and the network of the person's agent, `main-state` for a volume of it. */
function roleIn({ deployment, roles }: Scene, object: string): string {
  const [, id = "", rest = ""] = new RegExp(`^${deployment.name}-([0-9a-f]{24})(.*)$`).exec(object) ?? [];
  return `${roles.get(id) ?? object}${rest}`;
}

/** Everything that a worker changes in the world when nobody kills it, and the proof that the gateway answers. */
async function stepsOf(scene: Scene, job: Job): Promise<readonly string[]> {
  const steps = new Set<string>();
  const gate = await startEngineGate(
    stage.engineHost,
    scene.names,
    (object) => roleIn(scene, object),
    (step) => steps.add(step),
  );
  const worker = openContainerWorker(scene.deployment, {
    engineHost: gate.host,
    onReady: () => steps.add("ready"),
    onTaken: () => steps.add("taken"),
  });
  await performWork(job.work(scene), worker);
  await worker.close();
  await gate.close();
  return [...steps];
}

/**
 * Another process works, and is killed as soon as the engine has done one step.
 *
 * @returns False when it ended its work without that step.
 */
async function diesAfter(last: string, scene: Scene, job: Job): Promise<boolean> {
  const gate = await startEngineGate(
    stage.engineHost,
    scene.names,
    (object) => roleIn(scene, object),
    (step) => {
      if (step !== last) return;
      gate.cut();
      victim.kill();
    },
  );
  const { name, product, options, readyTimeoutMs, stage: home } = scene.deployment;
  const { databaseUrl, engineHost, keyRing } = home;
  const victim = startWorkerToKill({
    work: job.work(scene),
    home: { name, product, options, readyTimeoutMs, stage: { databaseUrl, engineHost, keyRing } },
    engineHost: gate.host,
    diesWhen: last === "ready" || last === "taken" ? last : null,
  });
  const how = await victim.ended;
  await gate.close();
  return how === "killed";
}
