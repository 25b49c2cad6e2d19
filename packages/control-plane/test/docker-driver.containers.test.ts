import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { freeRange } from "../../../scripts/free-port.ts";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { newInstanceId } from "../src/database/new-instance.ts";
import { containerNames, GATEWAY_PORT } from "../src/containers/index.ts";
import { fullDisk } from "../src/drivers/docker/disk-space.ts";
import { Engine } from "../src/drivers/docker/engine.ts";
import { ensureInstance, ROUTER_HOST } from "../src/index.ts";
import { portsInOrder } from "../src/drivers/docker/published-ports.ts";
import type { InstanceSpec, Observation, Phase } from "../src/index.ts";
import { startDockerBench } from "./support/docker-cell.ts";
import type { DockerBench, DockerBenchOptions } from "./support/docker-cell.ts";
import { startDockerd } from "./support/dockerd.ts";
import { dockerClient, pauseContainer } from "./support/engine-objects.ts";
import { buildFakeGatewayImage, FAKE_GATEWAY_IMAGE } from "./support/fake-gateway-image.ts";
import { startRegistry } from "./support/registry.ts";
import { startOutsideWorld } from "./support/outside-world.ts";
import { claimSubnet } from "./support/subnets.ts";
import { askOverHttp, reachedByHttp } from "./support/http-probe.ts";
import { specWith, tokenOf } from "./support/instances.ts";

let benches: DockerBench[];

beforeEach(() => {
  benches = [];
});

afterEach(async () => {
  for (const bench of benches) await bench.dispose();
});

function benchWith(options: DockerBenchOptions = {}, host = inject("dockerHost")): DockerBench {
  const bench = startDockerBench(host, options);
  benches.push(bench);
  return bench;
}

const fresh = (): InstanceSpec => specWith({ id: newInstanceId() });

function ensure({ driver }: DockerBench, spec: InstanceSpec, onPhase: (phase: Phase) => void = () => {}) {
  return ensureInstance(
    spec,
    { status: "running", revision: spec.revision },
    { driver, probe: reachedByHttp(askOverHttp), pollMs: 50, readyTimeoutMs: patienceMs, onPhase },
  );
}

const targetOf = (seen: Observation) => (seen.status === "running" ? seen.target : seen);

async function ask<Answer>({ driver }: DockerBench, spec: InstanceSpec, path: string): Promise<Answer> {
  return (await askOverHttp(await driver.observe(spec.id), path)) as Answer;
}

const read = async (bench: DockerBench, spec: InstanceSpec, path: string) =>
  (await ask<{ text: string }>(bench, spec, `/read?path=${path}`)).text;

const write = async (bench: DockerBench, spec: InstanceSpec, path: string, bytes = 1) =>
  (await ask<{ outcome: string }>(bench, spec, `/write?path=${path}&bytes=${bytes}`)).outcome;

test("from inside: no capabilities, no new privileges, an ordinary user, a root that cannot be written", async () => {
  const bench = benchWith();
  const spec = fresh();
  await ensure(bench, spec);
  const status = await read(bench, spec, "/proc/self/status");
  expect(status).toMatch(/^CapEff:\t0+$/m);
  expect(status).toMatch(/^CapBnd:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
  expect(await write(bench, spec, "/app/planted")).toBe("EROFS");
  expect(await write(bench, spec, "/run/automna/gateway.env")).not.toBe("done");
  expect(await write(bench, spec, "/home/node/kept")).toBe("done");
  expect(await write(bench, spec, "/workspace/kept")).toBe("done");
  expect(await write(bench, spec, "/tmp/scratch")).toBe("done");
});

test("the limits are the kernel's", async () => {
  const bench = benchWith();
  const spec = fresh();
  await ensure(bench, spec);
  // cgroup v1 and v2 keep them under different names.
  const either = (one: string, other: string) => read(bench, spec, one).catch(() => read(bench, spec, other));
  expect((await either("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max")).trim()).toBe("64");
  const memory = await either("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max");
  expect(Number(memory)).toBe(192 * 1024 ** 2);
  expect(await write(bench, spec, "/tmp/too-much", 17 * 1024 ** 2)).toBe("ENOSPC");
});

test("what the engine asks for a container's health is answered where its gateway listens, and nowhere else", async () => {
  const bench = benchWith();
  const spec = fresh();
  await ensure(bench, spec);
  const { Config, State } = await bench.inspect(spec);
  expect(State.Health?.Status).toMatch(/^(?:starting|healthy)$/);
  const [kind, ...command] = Config.Healthcheck?.Test ?? [];
  expect(kind).toBe("CMD");
  const endsWith = async (asked: readonly string[], code: number) => {
    const run = await bench.docker.getContainer(bench.nameOf(spec)).exec({ Cmd: [...asked] });
    await run.start({ Detach: true });
    await expect.poll(async () => (await run.inspect()).ExitCode).toBe(code);
  };
  await endsWith(command, 0);
  await endsWith(
    command.map((word) => word.replace(String(GATEWAY_PORT), "18790")),
    1,
  );
});

test("the engine shows no secret of a container, and publishes it on loopback alone", async () => {
  const bench = benchWith();
  const spec = fresh();
  await ensure(bench, spec);
  const described = await bench.inspect(spec);
  expect(JSON.stringify(described)).not.toContain(tokenOf(spec));
  const bindings = Object.values(described.NetworkSettings.Ports).flat();
  expect(bindings.map(({ HostIp }) => HostIp)).toEqual(["127.0.0.1"]);
  const { Processes } = await bench.docker.getContainer(bench.nameOf(spec)).top();
  expect(JSON.stringify(Processes)).not.toContain(tokenOf(spec));
});

test("neither of two people's containers reaches the other", async () => {
  const bench = benchWith();
  const [one, other] = [fresh(), fresh()];
  await Promise.all([ensure(bench, one), ensure(bench, other)]);
  const { NetworkSettings } = await bench.inspect(other);
  const address = NetworkSettings.Networks[bench.nameOf(other)]?.IPAddress ?? "";
  expect(address).toMatch(/^10\.213\./);
  const connect = (from: InstanceSpec, host: string) =>
    ask<{ outcome: string }>(bench, from, `/connect?host=${host}&port=18789`);
  expect(await connect(one, address)).not.toEqual({ outcome: "connected" });
  expect(await connect(other, address)).toEqual({ outcome: "connected" });
  // Names of one network are unknown in another.
  expect(await connect(one, bench.nameOf(other))).not.toEqual({ outcome: "connected" });
});

test("with internal egress nothing is published, and the router still reaches it", async () => {
  const bench = benchWith({ policy: { egress: "internal" } });
  const spec = fresh();
  expect(await ensure(bench, spec)).toMatchObject({ status: "ready", target: { port: 18_789 } });
  expect((await bench.inspect(spec)).NetworkSettings.Ports["18789/tcp"] ?? null).toBeNull();
});

test("the environment names the router at the address where the container finds it", async () => {
  const bench = benchWith({ policy: { environment: { NO_PROXY: `intranet,${ROUTER_HOST}` } } });
  const spec = fresh();
  await ensure(bench, spec);
  const { Config, NetworkSettings } = await bench.inspect(spec);
  const { Gateway } = NetworkSettings.Networks[bench.nameOf(spec)] ?? {};
  expect(Config.Env).toContain(`NO_PROXY=intranet,${Gateway}`);
});

test("an open container reaches the world outside, an internal one does not", async () => {
  await using outside = await startOutsideWorld();
  const reached = async (egress: "open" | "internal") => {
    const bench = benchWith({ policy: { egress } });
    const spec = fresh();
    await ensure(bench, spec);
    return ask<{ outcome: string }>(bench, spec, `/connect?host=${outside.address}&port=${outside.port}`);
  };
  expect(await reached("open")).toEqual({ outcome: "connected" });
  expect(await reached("internal")).not.toEqual({ outcome: "connected" });
});

test("secrets are gone from the disk once the gateway is stopped", async () => {
  const bench = benchWith();
  const spec = fresh();
  await ensure(bench, spec);
  await bench.driver.stop(spec.id);
  const { Volumes } = await bench.docker.listVolumes({
    filters: { label: [`ai.automna.deployment=${bench.deployment}`] },
  });
  expect(Volumes.map(({ Name }) => Name).sort()).toEqual([
    `${bench.nameOf(spec)}-state`,
    `${bench.nameOf(spec)}-workspace`,
  ]);
});

test.each(["removed", "stopped", "paused", "killed"] as const)(
  "a container %s behind our back is ready again after the next look, with its data",
  async (fate) => {
    const bench = benchWith();
    const spec = fresh();
    await ensure(bench, spec);
    await write(bench, spec, "/home/node/kept");
    const container = bench.docker.getContainer(bench.nameOf(spec));
    if (fate === "removed") await container.remove({ force: true });
    if (fate === "stopped") await container.stop({ t: 1 });
    if (fate === "paused") await pauseContainer(container);
    if (fate === "killed") await container.kill();
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    expect(await read(bench, spec, "/home/node/kept")).not.toBe("");
  },
);

test("ports that other programs have are passed over; when none is left the error says so", async () => {
  const foreign = createServer().listen(0, "127.0.0.1");
  await once(foreign, "listening");
  const address = foreign.address();
  if (address === null || typeof address === "string") throw new Error("No TCP port.");
  const firstPort = address.port;
  const bench = benchWith({ firstPort, portCount: 100 });
  const range = { firstPort, lastPort: firstPort + 99 };
  let spec = fresh();
  while (portsInOrder(bench.nameOf(spec), range).next().value !== firstPort) spec = fresh();
  expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
  const none = benchWith({ firstPort, portCount: 1 });
  await none.driver.prepare(spec);
  await expect(none.driver.start(spec)).rejects.toMatchObject({ code: "no-free-port" });
  foreign.close();
});

test("containers that are restarted behind our back, in whatever order, are where they were, and nobody else gets there", async () => {
  const firstPort = await freeRange(2);
  const bench = benchWith({ firstPort, portCount: 2 });
  const [one, other, third] = [fresh(), fresh(), fresh()];
  await ensure(bench, one);
  await ensure(bench, other);
  const targets = () =>
    Promise.all([one, other].map(async (spec) => targetOf(await bench.driver.observe(spec.id))));
  const before = await targets();
  const [first, second] = [one, other].map((spec) => bench.docker.getContainer(bench.nameOf(spec)));
  for (const container of [first, second]) await container?.stop({ t: 0 });
  // Its port is free, and is still the other's.
  await second?.start();
  await bench.driver.prepare(third);
  await expect(bench.driver.start(third)).rejects.toMatchObject({ code: "no-free-port" });
  await first?.start();
  expect(await targets()).toEqual(before);
  expect(await ensure(bench, one)).toMatchObject({ status: "ready", target: before[0] });
});

test("what a running gateway reads is another file each time, for whoever watches one by its number, and is never half of one", async () => {
  const bench = benchWith({ policy: { images: { openclaw: FAKE_GATEWAY_IMAGE } } });
  const spec = specWith({ id: newInstanceId(), product: "openclaw" });
  const folder = async () => {
    const { files } = containerNames(spec.id, bench.deployment);
    return (await bench.docker.getVolume(files).inspect()).Mountpoint;
  };
  await bench.driver.prepare(spec);
  await bench.driver.start(spec);
  const seen = async () => {
    const { ino, nlink, mode } = await stat(join(await folder(), "openclaw.json"));
    return { ino, nlink, mode: mode & 0o777 };
  };
  for (let before = await seen(), round = 0; round < 10; round++) {
    await bench.driver.rewrite?.(spec);
    const after = await seen();
    expect(after).toMatchObject({ nlink: 1, mode: 0o400 });
    expect({ round, ino: after.ino }).not.toEqual({ round, ino: before.ino });
    before = after;
  }
});

test("what happens to a container is told without asking", async () => {
  const bench = benchWith();
  const spec = fresh();
  const told: string[] = [];
  bench.driver.subscribe(({ instanceId, observation }) => told.push(`${instanceId} ${observation.status}`));
  await ensure(bench, spec);
  await expect.poll(() => told).toContain(`${spec.id} running`);
  await pauseContainer(bench.docker.getContainer(bench.nameOf(spec)));
  await expect.poll(() => told).toContain(`${spec.id} stopped`);
});

test("a gateway that takes more memory than its limit fails with the limit's name, and runs with a larger one", async () => {
  const bench = benchWith({ maxRestarts: 1 });
  const spec = { ...fresh(), limits: { memory: 96 * 1024 ** 2 } };
  await bench.driver.prepare(spec);
  await bench.behave(spec, ["swallow-memory"]);
  await bench.driver.start(spec);
  await expect.poll(async () => (await bench.driver.observe(spec.id)).status).toBe("failed");
  expect(await ensure(bench, spec)).toMatchObject({
    failure: { code: "crash-loop", message: expect.stringContaining("its limit is 96 MB. Raise the limit.") },
  });
  await bench.driver.stop(spec.id);
  await bench.behave(spec, []);
  expect(await ensure(bench, { ...spec, limits: {} })).toMatchObject({ status: "ready" });
});

test("a missing image is an error that names it, and it works once the image is there", async () => {
  const bench = benchWith({ policy: { images: { demo: "automna-test/later:1" } } });
  const spec = fresh();
  expect(await ensure(bench, spec)).toMatchObject({
    status: "failed",
    failure: { code: "gateway-missing", message: expect.stringContaining("automna-test/later:1") },
  });
  await bench.docker.getImage(FAKE_GATEWAY_IMAGE).tag({ repo: "automna-test/later", tag: "1" });
  expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
});

test("a gateway that rests holds no network: as many may be kept as there is room for their data", async () => {
  const bench = benchWith();
  const spec = fresh();
  const networks = async () =>
    (await bench.docker.listNetworks()).filter(({ Name }) => Name === bench.nameOf(spec)).length;
  await ensure(bench, spec);
  await bench.driver.rest?.(spec.id);
  expect(await networks()).toBe(1);
  await bench.driver.stop(spec.id);
  await bench.driver.rest?.(spec.id);
  await bench.driver.rest?.(spec.id);
  expect(await networks()).toBe(0);
  expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "stopped" });
  await ensure(bench, spec);
  expect(await networks()).toBe(1);
});

test("a stranger's container, network or volume of our name is left alone, and the error says so", async () => {
  const bench = benchWith();
  const { docker } = bench;
  const spec = fresh();
  const name = bench.nameOf(spec);
  const stranger = await docker.createContainer({ name, Image: FAKE_GATEWAY_IMAGE, Cmd: ["true"] });
  const taken = {
    status: "failed",
    failure: { message: expect.stringContaining(`${name} exists that is not`) },
  };
  expect(await ensure(bench, spec)).toMatchObject(taken);
  await bench.driver.stop(spec.id);
  await bench.driver.destroy(spec.id);
  expect((await stranger.inspect()).Name).toBe(`/${name}`);
  await stranger.remove();

  await docker.createVolume({ Name: `${name}-state` });
  expect(await bench.driver.observe(spec.id)).toEqual({ status: "absent" });
  expect(await ensure(bench, spec)).toMatchObject({ status: "failed" });
  await bench.driver.destroy(spec.id);
  await docker.getVolume(`${name}-state`).inspect();
  await docker.getVolume(`${name}-state`).remove();

  const network = await docker.createNetwork({ Name: name });
  expect(await ensure(bench, spec)).toMatchObject(taken);
  await network.remove();
  expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
});

test("an image that the engine lacks is pulled before the first start; one that its registry lacks is named", async () => {
  const docker = dockerClient(inject("dockerHost"));
  await using registry = await startRegistry(docker, FAKE_GATEWAY_IMAGE);
  const bench = benchWith({ pull: "missing", policy: { images: { demo: registry.image } } });
  const [spec, other] = [fresh(), { ...fresh(), image: registry.image.replace(/\d+$/, "2") }];
  const phases: string[] = [];
  expect(await ensure(bench, spec, ({ action }) => phases.push(action))).toMatchObject({ status: "ready" });
  expect(phases.slice(0, 4)).toEqual(["prepare", "pull", "prepare", "start"]);
  expect(await ensure(bench, other)).toMatchObject({
    status: "failed",
    failure: { code: "gateway-missing", message: expect.stringContaining("manifest unknown") },
  });
  await bench.driver.stop(spec.id);
  await bench.driver.destroy(spec.id);
  await docker.getImage(registry.image).remove();
});

test("a full disk is its owner's alone: writing fails inside, another gateway and the engine go on", async () => {
  const directory = await mkdtemp(join(tmpdir(), "automna-disks-"));
  const bench = benchWith({ disk: { kind: "loopback", bytes: 24 * 1024 ** 2, directory } });
  const [full, other] = [fresh(), fresh()];
  onTestFinished(async () => {
    for (const { id } of [full, other]) {
      await bench.driver.stop(id);
      await bench.driver.destroy(id);
    }
    await rm(directory, { recursive: true });
  });
  await Promise.all([ensure(bench, full), ensure(bench, other)]);
  expect(await write(bench, full, "/home/node/big", 40 * 1024 ** 2)).toBe("ENOSPC");
  expect(await write(bench, other, "/home/node/small", 1024)).toBe("done");
  expect(await write(bench, full, "/workspace/small", 1024)).toBe("done");
  expect(await bench.driver.complaint?.(full.id)).toMatchObject({
    code: "disk-full",
    message: expect.stringContaining("raise the disk limit"),
  });
  expect(await bench.driver.complaint?.(other.id)).toBeNull();
  // It comes up again on its full disk, so that its owner can make room, or with a larger one.
  await bench.driver.stop(full.id);
  expect(await ensure(bench, full)).toMatchObject({ status: "ready" });
  await bench.driver.stop(full.id);
  expect(await ensure(bench, { ...full, limits: { disk: 48 * 1024 ** 2 } })).toMatchObject({
    status: "ready",
  });
  expect(await bench.driver.complaint?.(full.id)).toBeNull();
  expect(await write(bench, full, "/home/node/more", 10 * 1024 ** 2)).toBe("done");
  expect(await read(bench, full, "/home/node/.automna-demo/boots")).toBe("...");
});

test("a disk in memory has its own limit too", async () => {
  const bench = benchWith({ disk: { kind: "tmpfs", bytes: 8 * 1024 ** 2 } });
  const spec = { ...fresh(), limits: { disk: 16 * 1024 ** 2 } };
  await ensure(bench, spec);
  expect(await write(bench, spec, "/home/node/much", 12 * 1024 ** 2)).toBe("done");
  expect(await bench.driver.complaint?.(spec.id)).toBeNull();
  expect(await write(bench, spec, "/home/node/more", 12 * 1024 ** 2)).toBe("ENOSPC");
  expect(await bench.driver.complaint?.(spec.id)).toMatchObject({ code: "disk-full" });
});

test("where the engine's disks cannot be seen the gateway is asked about its own, as long as it runs", async () => {
  const disk = { kind: "tmpfs", bytes: 8 * 1024 ** 2 } as const;
  const bench = benchWith({ disk });
  const spec = fresh();
  const look = () => {
    const { state, workspace } = containerNames(spec.id, bench.deployment);
    const container = () => bench.inspect(spec).catch(() => null);
    const engine = new Engine({ host: inject("dockerHost") });
    return fullDisk(engine, { volumes: [state, workspace], container }, disk, null, unseen);
  };
  const unseen = () => Promise.reject(new Error("ENOENT"));
  await ensure(bench, spec);
  expect(await look()).toBeNull();
  expect(await write(bench, spec, "/workspace/more", 12 * 1024 ** 2)).toBe("ENOSPC");
  expect(await look()).toMatchObject({ code: "disk-full", message: expect.stringContaining("8 MB is full") });
  await bench.driver.stop(spec.id);
  expect(await look()).toBeNull();
});

test.each([
  { liveRestore: false, words: "ends its containers at its return" },
  { liveRestore: true, words: "lets its containers run on" },
])("an engine that is killed and $words: unknown while it is away, then all is ready", async (engine) => {
  const dockerd = await startDockerd(engine);
  try {
    buildFakeGatewayImage(dockerd.host);
    const bench = benchWith({ networkPool: (await claimSubnet()).pool }, dockerd.host);
    const spec = fresh();
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    await write(bench, spec, "/home/node/kept");
    const { boot } = await ask<{ boot: string }>(bench, spec, "/");
    await bench.driver.reach?.();
    await dockerd.kill();
    await expect(bench.driver.reach?.()).rejects.toMatchObject({ code: "engine-unreachable" });
    expect(await bench.driver.observe(spec.id)).toMatchObject({
      status: "unknown",
      reason: expect.stringContaining("Start it"),
    });
    await expect(bench.driver.stop(spec.id)).rejects.toMatchObject({ code: "engine-unreachable" });
    await expect(bench.driver.list?.()).rejects.toMatchObject({ code: "engine-unreachable" });
    await dockerd.restart();
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    expect(await read(bench, spec, "/home/node/kept")).not.toBe("");
    expect((await ask<{ boot: string }>(bench, spec, "/")).boot === boot).toBe(engine.liveRestore);
    await bench.dispose();
    benches.pop();
  } finally {
    await dockerd.stop();
  }
});
