import { expect } from "vitest";
import { findInstance, type InstanceRecord } from "../../packages/control-plane/src/database/index.ts";
import type { Observation } from "../../packages/control-plane/src/index.ts";
import { trialIdOf } from "../../packages/control-plane/src/jobs/index.ts";
import type { Deployment } from "./container-stage.ts";
import { type ContainerWorker, openContainerWorker, performWork, type Work } from "./container-worker.ts";
import { type EngineGate, startEngineGate } from "./engine-gate.ts";
import { startWorkerToKill } from "./worker-to-kill.ts";

/** One person's agent in a deployment of its own. */
export interface Scene {
  readonly deployment: Deployment;
  readonly person: string;
  readonly id: string;
  /** What each instance of the deployment is here, by its id. */
  readonly roles: Map<string, string>;
  /** Names of what was made, by their ids. */
  readonly names: Map<string, string>;
}

/** Where agents run: on one engine, or in a swarm. */
export interface Ground {
  /** A deployment that nobody else has. */
  settle(product: Deployment["product"]): Promise<Deployment>;
  /** Asks a gateway of that deployment. */
  ask(deployment: Deployment, observed: Observation, path: string): Promise<unknown>;
  /** Everything of the deployment that there is, by the parts that its instances have here, once it is as expected. */
  expectLeft(scene: Scene, expected: readonly string[]): Promise<void>;
  clear(deployment: Deployment): Promise<void>;
}

export interface Job {
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

export const look = ({ id }: Scene): Work => ({ kind: "look", instanceId: id });
export const READY = { desired: "running", observed: "ready", failure: null } as const;
export const STOPPED = { desired: "stopped", observed: "stopped" } as const;

/** The agent runs and has kept something; then this was wanted, one thing after the other. */
export const wished =
  (ground: Ground, ...commands: readonly ("stop" | "wake" | "rotate" | "upgrade" | "destroy")[]) =>
  async ({ deployment, person, id }: Scene, { worker, driver }: ContainerWorker) => {
    await worker.look(id);
    await ground.ask(deployment, await driver.observe(id), `/write?path=${DIARY}&bytes=7`);
    for (const command of commands) {
      await worker.look(id);
      await deployment.gateways.command(person, id, command);
    }
  };

/** It was destroyed, and the time for which its data is kept is over. */
export const removalOfData = (ground: Ground): Job => ({
  before: async (scene, worker) => {
    const { database } = scene.deployment.stage;
    await wished(ground, "destroy")(scene, worker);
    await worker.worker.look(scene.id);
    await database.instance.update({ where: { id: scene.id }, data: { purgeAfter: new Date(0) } });
  },
  work: look,
  left: () => [],
  row: { desired: "destroyed", observed: "absent", purgedAt: expect.any(Date) },
});

/** Kills a worker by SIGKILL after each of its steps; the next one ends the job, nothing is lost and nothing left over. */
export async function expectEachDeathMended(ground: Ground, name: string, job: Job): Promise<void> {
  const model = await setScene(ground, job, `model of ${name}`);
  const steps = await stepsOf(model, job);
  await ground.clear(model.deployment);
  let scene = await setScene(ground, job, `person of ${name}`);
  for (const [at, step] of (job.deaths?.(steps, scene) ?? steps).entries()) {
    if (await diesAfter(step, scene, job)) continue;
    // What earlier deaths had left was brought to its end on another way.
    await expectIsAsWanted(ground, scene, job);
    scene = await setScene(ground, job, `person ${at} of ${name}`);
    expect({ step, died: await diesAfter(step, scene, job) }).toEqual({ step, died: true });
  }
  await expectIsAsWanted(ground, scene, job);
}

async function expectIsAsWanted(ground: Ground, scene: Scene, job: Job): Promise<void> {
  const { deployment, id } = scene;
  const heir = openContainerWorker(deployment);
  await performWork(job.work(scene), heir);
  const row = await findInstance(heir.database, id);
  expect(row).toMatchObject(job.row);
  const owner = await heir.database.user.findUnique({ where: { id: row?.ownerId ?? "" } });
  expect(owner?.clerkId).toBe(scene.person);
  await ground.expectLeft(scene, [...job.left(scene)].sort());
  const observed = await heir.driver.observe(id);
  if (observed.status === "running" && job.keeps !== false)
    expect(await ground.ask(deployment, observed, `/read?path=${DIARY}`)).toEqual({
      text: "\u0001".repeat(7),
    });
  if (job.holds) await job.holds(scene, await ground.ask(deployment, observed, "/"));
  await heir.close();
  await ground.clear(deployment);
}

async function setScene(ground: Ground, job: Job, person: string): Promise<Scene> {
  const deployment = await ground.settle(job.product ?? "demo");
  const { id } = (await deployment.gateways.provide(person)).instance;
  const roles = new Map([
    [id, "main"],
    [trialIdOf(id), "trial"],
  ]);
  const scene = { deployment, person, id, roles, names: new Map<string, string>() };
  const names = await startGate(scene, () => undefined);
  const worker = openContainerWorker(deployment, { engineHost: names.host });
  await job.before(scene, worker);
  await worker.close();
  await names.close();
  return scene;
}

function startGate(scene: Scene, onChange: (change: string) => void): Promise<EngineGate> {
  const { engineHost } = scene.deployment.stage;
  return startEngineGate(engineHost, scene.names, (object) => roleIn(scene, object), onChange);
}

/** `main` for the container and the network of the person's agent, `main-state` for a volume of it; of no attempt. */
export function roleIn({ deployment, roles }: Scene, object: string): string {
  const form = new RegExp(`^${deployment.name}-([0-9a-f]{24})(.*?)(?:-[0-9a-f]{12})?$`);
  const [, id = "", rest = ""] = form.exec(object) ?? [];
  return `${roles.get(id) ?? object}${rest}`;
}

/** Everything that a worker changes in the world when nobody kills it, and the proof that the gateway answers. */
async function stepsOf(scene: Scene, job: Job): Promise<readonly string[]> {
  const steps = new Set<string>();
  const gate = await startGate(scene, (step) => steps.add(step));
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
export async function diesAfter(last: string, scene: Scene, job: Job): Promise<boolean> {
  const gate = await startGate(scene, (step) => {
    if (step !== last) return;
    gate.cut();
    victim.kill();
  });
  const { name, product, options, readyTimeoutMs, stage, swarm } = scene.deployment;
  const { databaseUrl, engineHost, keyRing } = stage;
  const victim = startWorkerToKill({
    work: job.work(scene),
    home: {
      name,
      product,
      options,
      readyTimeoutMs,
      stage: { databaseUrl, engineHost, keyRing },
      ...(swarm ? { swarm } : {}),
    },
    engineHost: gate.host,
    diesWhen: last === "ready" || last === "taken" ? last : null,
  });
  const how = await victim.ended;
  await gate.close();
  return how === "killed";
}
