import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test, type TestContext } from "vitest";
import type { InstanceRecord } from "../packages/control-plane/src/database/index.ts";
import { cullIdle } from "../packages/control-plane/src/jobs/index.ts";
import {
  objectsOf,
  pauseContainer,
  removeObjects,
} from "../packages/control-plane/test/support/engine-objects.ts";
import { FAKE_GATEWAY_IMAGE } from "../packages/control-plane/test/support/fake-gateway-image.ts";
import { askOverHttp } from "../packages/control-plane/test/support/http-probe.ts";
import {
  FAKE_GATEWAY_PROGRAM,
  imageWithProgram,
} from "../packages/control-plane/test/support/other-images.ts";
import {
  type ContainerStage,
  type Deployment,
  type DeploymentOptions,
  newDeployment,
  objectsFor,
  stageBeside,
  startContainerStage,
  untilInstance,
} from "./support/container-stage.ts";
import { type ContainerWorker, openContainerWorker } from "./support/container-worker.ts";

const MB = 1024 ** 2;
const DIARY = "/home/node/diary";

let stage: ContainerStage;

beforeAll(async () => {
  stage = await startContainerStage(inject("dockerHost"));
});

afterAll(() => stage?.close());

/** Somebody's agent, and the worker that looks after it. */
interface Home {
  readonly deployment: Deployment;
  worker: ContainerWorker;
  readonly id: string;
  readonly person: string;
  readonly name: string;
}

let people = 0;

async function moveIn(
  { onTestFinished }: TestContext,
  options: DeploymentOptions = {},
  on = stage,
): Promise<Home> {
  const deployment = newDeployment(on, options);
  const worker = openContainerWorker(deployment);
  const person = `person ${++people} of the healing`;
  const { id } = (await deployment.gateways.provide(person)).instance;
  const home: Home = { deployment, worker, id, person, name: `${deployment.name}-${id}` };
  onTestFinished(async () => {
    await home.worker.close();
    await home.worker.driver.stop(id);
    await home.worker.driver.destroy(id);
    await removeObjects(stage.docker, deployment.name);
  });
  return home;
}

/** From now on nobody waits long for a gateway that never answers. */
async function giveUpSoon(home: Home): Promise<void> {
  await home.worker.close();
  home.worker = openContainerWorker(home.deployment, { readyTimeoutMs: 4_000 });
}

const look = ({ worker, id }: Home) => worker.worker.look(id);
const rowOf = ({ deployment, id }: Home) => untilInstance(deployment.stage, id, () => true);
const ask = async ({ worker, id }: Home, path: string) => askOverHttp(await worker.driver.observe(id), path);
const write = (home: Home, path: string, bytes: number) => ask(home, `/write?path=${path}&bytes=${bytes}`);
const diary = (home: Home) => ask(home, `/read?path=${DIARY}`);
const bootOf = async (home: Home) => (await ask(home, "/")) as { boot: string };

async function moveInAndWrite(context: TestContext, options: DeploymentOptions = {}): Promise<Home> {
  const home = await moveIn(context, options);
  await look(home);
  await write(home, DIARY, 2);
  return home;
}

async function wish(home: Home, command: "wake" | "restart" | "upgrade"): Promise<InstanceRecord> {
  await home.deployment.gateways.command(home.person, home.id, command);
  await look(home);
  return rowOf(home);
}

test.concurrent.for(["removed", "stopped", "paused", "killed"] as const)(
  "a container %s behind our back is back with its data, because the engine tells of it",
  async (fate, context) => {
    const home = await moveInAndWrite(context);
    const before = await rowOf(home);
    const container = stage.docker.getContainer(home.name);
    if (fate === "removed") await container.remove({ force: true });
    if (fate === "stopped") await container.stop({ t: 1 });
    if (fate === "paused") await pauseContainer(container);
    if (fate === "killed") await container.kill();
    const after = await untilInstance(
      stage,
      home.id,
      ({ observed, readySince }) =>
        observed === "ready" && readySince !== null && readySince > (before.readySince ?? readySince),
    );
    expect(after).toMatchObject({ ownerId: before.ownerId, failure: null });
    expect(await diary(home)).toEqual({ text: "\u0001\u0001" });
    expect(await objectsOf(stage.docker, home.deployment.name)).toEqual(
      objectsFor(home.deployment, home.id, "running"),
    );
  },
);

test.concurrent("a gateway that is killed for want of memory is back with its data", async (context) => {
  const home = await moveInAndWrite(context);
  const { boot } = await bootOf(home);
  await ask(home, "/swallow-memory");
  await expect.poll(async () => (await bootOf(home).catch(() => ({ boot }))).boot).not.toBe(boot);
  await untilInstance(stage, home.id, ({ observed }) => observed === "ready");
  expect(await diary(home)).toEqual({ text: "\u0001\u0001" });
});

test.concurrent("a name that a stranger's container has: the owner is told which, the stranger stays, and then it works", async (context) => {
  const home = await moveIn(context);
  const stranger = await stage.docker.createContainer({
    name: home.name,
    Image: FAKE_GATEWAY_IMAGE,
    Cmd: ["true"],
  });
  await look(home);
  expect(await rowOf(home)).toMatchObject({
    observed: "failed",
    failure: { message: expect.stringContaining(`docker rm ${home.name}`) },
    retryAt: expect.any(Date),
  });
  expect(await wish(home, "wake")).toMatchObject({ observed: "failed" });
  expect((await stranger.inspect()).Name).toBe(`/${home.name}`);
  await stranger.remove();
  expect(await wish(home, "wake")).toMatchObject({ observed: "ready", failure: null, attempt: 0 });
});

test.concurrent("an image that is missing: the owner is told which, and it works once it is there", async (context) => {
  const home = await moveIn(context, { driver: { policy: { images: { demo: "automna-test/late:1" } } } });
  await look(home);
  expect(await rowOf(home)).toMatchObject({
    failure: { code: "gateway-missing", message: expect.stringContaining("automna-test/late:1") },
  });
  await stage.docker.getImage(FAKE_GATEWAY_IMAGE).tag({ repo: "automna-test/late", tag: "1" });
  expect(await wish(home, "wake")).toMatchObject({ observed: "ready", failure: null });
});

test.concurrent("a full disk: its owner is told, and told no more once there is room or the disk is larger", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), "automna-disks-"));
  context.onTestFinished(() => rm(directory, { recursive: true }));
  const own = await stageBeside(stage);
  context.onTestFinished(() => own.close());
  const disk = { kind: "loopback", bytes: 24 * MB, directory } as const;
  const home = await moveIn(context, { driver: { disk } }, own);
  await look(home);
  const full = {
    observed: "ready",
    failure: { code: "disk-full", message: expect.stringContaining("delete files") },
  };
  expect(await write(home, "/home/node/big", 40 * MB)).toEqual({ outcome: "ENOSPC" });
  await home.worker.worker.lookAtAll();
  await expect.poll(() => rowOf(home)).toMatchObject(full);
  await write(home, "/home/node/big", 1);
  await home.worker.worker.lookAtAll();
  await expect.poll(() => rowOf(home)).toMatchObject({ observed: "ready", failure: null });
  await write(home, "/home/node/big", 40 * MB);
  expect(await wish(home, "restart")).toMatchObject(full);
  await own.database.instance.update({ where: { id: home.id }, data: { limits: { disk: 64 * MB } } });
  expect(await wish(home, "restart")).toMatchObject({ observed: "ready", failure: null });
});

test.concurrent("an upgrade keeps the data and nothing of its trial", async (context) => {
  await stage.docker.getImage(FAKE_GATEWAY_IMAGE).tag({ repo: "automna-test/fake-gateway", tag: "3" });
  const home = await moveInAndWrite(context, { latestImage: "automna-test/fake-gateway:3" });
  expect(await wish(home, "upgrade")).toMatchObject({
    observed: "ready",
    image: "automna-test/fake-gateway:3",
    nextImage: null,
    failure: null,
  });
  expect(await diary(home)).toEqual({ text: "\u0001\u0001" });
  expect((await stage.docker.getContainer(home.name).inspect()).Config.Image).toBe(
    "automna-test/fake-gateway:3",
  );
  expect(await objectsOf(stage.docker, home.deployment.name)).toEqual(
    objectsFor(home.deployment, home.id, "running"),
  );
});

const PROGRAMS: Readonly<Record<string, string | null>> = {
  "that is nowhere": null,
  "that ends at once": "process.exit(1);",
  "that starts and never answers": "setInterval(() => {}, 1000);",
};

test.concurrent.for(Object.entries(PROGRAMS))(
  "an image %s is not switched to: the gateway before runs on without a break, and its owner is told",
  async ([what, program], context) => {
    const tag = what.replaceAll(" ", "-");
    const latestImage =
      program === null ? "automna-test/nowhere:1" : await imageWithProgram(stage.docker, tag, program);
    const home = await moveInAndWrite(context, { latestImage });
    await giveUpSoon(home);
    const { boot } = await bootOf(home);
    expect(await wish(home, "upgrade")).toMatchObject({
      observed: "ready",
      image: null,
      nextImage: null,
      failure: { code: "upgrade-failed", message: expect.stringContaining("nothing was changed") },
    });
    expect((await bootOf(home)).boot).toBe(boot);
    expect(await objectsOf(stage.docker, home.deployment.name)).toEqual(
      objectsFor(home.deployment, home.id, "running"),
    );
  },
);

test.concurrent("an image that fails on the real data only is rolled back, with the data", async (context) => {
  const picky = `import { existsSync } from "node:fs";
if (existsSync("${DIARY}")) process.exit(1);
await import("${FAKE_GATEWAY_PROGRAM}");`;
  const latestImage = await imageWithProgram(stage.docker, "picky", picky);
  const home = await moveInAndWrite(context, { latestImage });
  expect(await wish(home, "upgrade")).toMatchObject({
    observed: "ready",
    image: null,
    nextImage: null,
    failure: { code: "upgrade-failed", message: expect.stringContaining("put back") },
  });
  expect(await diary(home)).toEqual({ text: "\u0001\u0001" });
  expect((await stage.docker.getContainer(home.name).inspect()).Config.Image).toBe(FAKE_GATEWAY_IMAGE);
});

test.concurrent("nobody used it: it is stopped without its data, and the next visit wakes it", async (context) => {
  const home = await moveInAndWrite(context);
  await stage.database.instance.update({ where: { id: home.id }, data: { readySince: new Date(0) } });
  await cullIdle(home.deployment.gateways.commands, 60_000);
  await look(home);
  expect(await rowOf(home)).toMatchObject({ observed: "stopped", stopReason: "idle" });
  expect(await objectsOf(stage.docker, home.deployment.name)).toEqual(
    objectsFor(home.deployment, home.id, "resting"),
  );
  expect(await home.deployment.gateways.ensure(home.person)).toMatchObject({ status: "provisioning" });
  await look(home);
  expect(await home.deployment.gateways.ensure(home.person)).toMatchObject({ status: "ready" });
  expect(await diary(home)).toEqual({ text: "\u0001\u0001" });
});
