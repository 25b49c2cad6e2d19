import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patienceMs } from "../../../scripts/test-patience.ts";
import { newInstanceId } from "../src/database/new-instance.ts";
import { ensureInstance } from "../src/index.ts";
import type { DesiredState, InstanceSpec, Observation } from "../src/index.ts";
import { describeDriver } from "./conformance/driver-conformance.ts";
import { buildFakeGatewayImage, FAKE_GATEWAY_IMAGE } from "./support/fake-gateway-image.ts";
import { reachedByHttp } from "./support/http-probe.ts";
import { specWith, tokenOf } from "./support/instances.ts";
import { startSwarmBench } from "./support/swarm-cell.ts";
import type { SwarmBench, SwarmBenchOptions } from "./support/swarm-cell.ts";
import { shareImage, startSwarmNodes } from "./support/swarm-nodes.ts";
import type { SwarmNode, SwarmNodes } from "./support/swarm-nodes.ts";

/** Where managers of a swarm listen. */
const MANAGER_PORT = 2377;
const OFTEN = { interval: 250 };
/** Where the manager is, and the router. */
const ON_FIRST = { nodes: { name: "part", value: "first" } };
/** On the others, which may be lost. */
const ELSEWHERE = { nodes: { name: "part", value: "other" } };
const ON_THIRD = { nodes: { name: "alone", value: "yes" } };

let swarm: SwarmNodes;
let first: SwarmNode;
let second: SwarmNode;
let third: SwarmNode;

beforeAll(async () => {
  swarm = await startSwarmNodes(3);
  [first, second, third] = swarm.nodes as [SwarmNode, SwarmNode, SwarmNode];
  buildFakeGatewayImage(first.host);
  await shareImage(swarm.nodes, FAKE_GATEWAY_IMAGE);
  await first.change({ labels: { part: "first" } }, first);
  await first.change({ labels: { part: "other" } }, second);
  await first.change({ labels: { part: "other", alone: "yes" } }, third);
});

afterAll(() => swarm?.[Symbol.asyncDispose]());

describeDriver("swarm", () => startSwarmBench(first, ON_FIRST), { concurrent: true });

const benchWith = (options: SwarmBenchOptions) => startSwarmBench(first, options);

const fresh = (ownerId = "user-1"): InstanceSpec => specWith({ id: newInstanceId(), ownerId });

function ensure(bench: SwarmBench, spec: InstanceSpec) {
  return settle(bench, spec, { status: "running", revision: spec.revision });
}

function settle({ driver, ask }: SwarmBench, spec: InstanceSpec, desired: DesiredState) {
  return ensureInstance(spec, desired, {
    driver,
    probe: reachedByHttp(ask),
    pollMs: 100,
    readyTimeoutMs: patienceMs,
  });
}

async function ask<Answer>(
  { driver, ask: through }: SwarmBench,
  spec: InstanceSpec,
  path: string,
): Promise<Answer> {
  return (await through(await driver.observe(spec.id), path)) as Answer;
}

interface Who {
  readonly boot: string;
  readonly boots: number;
  readonly environment: Readonly<Record<string, string>>;
}

const who = (bench: SwarmBench, spec: InstanceSpec) => ask<Who>(bench, spec, "/");

const read = async (bench: SwarmBench, spec: InstanceSpec, path: string) =>
  (await ask<{ text: string }>(bench, spec, `/read?path=${path}`)).text;

const write = async (bench: SwarmBench, spec: InstanceSpec, path: string, bytes = 1) =>
  (await ask<{ outcome: string }>(bench, spec, `/write?path=${path}&bytes=${bytes}`)).outcome;

const secretsOf = ({ deployment }: SwarmBench) =>
  first.docker.listSecrets({ filters: { label: [`ai.automna.deployment=${deployment}`] } });

// Most of each is waiting for the swarm. Who polls does it by the expectations of its own test: others end meanwhile.
describe.concurrent("a service of the swarm", () => {
  test("from inside: no capabilities, no new privileges, an ordinary user, limits, a root that cannot be written", async () => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    const status = await read(bench, spec, "/proc/self/status");
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(await write(bench, spec, "/app/planted")).toBe("EROFS");
    expect(await write(bench, spec, "/run/automna/gateway.env")).not.toBe("done");
    expect(await write(bench, spec, "/home/node/kept")).toBe("done");
    const either = (one: string, other: string) =>
      read(bench, spec, one).catch(() => read(bench, spec, other));
    expect((await either("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max")).trim()).toBe("64");
    const memory = await either("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max");
    expect(Number(memory)).toBe(192 * 1024 ** 2);
  });

  test("the swarm shows no secret of it, and publishes nothing", async () => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    await ensure(bench, spec);
    const shown = JSON.stringify([
      await bench.service(spec),
      await first.docker.listTasks(),
      await secretsOf(bench),
      await first.docker.listConfigs(),
    ]);
    expect(shown).toContain(bench.nameOf(spec));
    expect(shown).not.toContain(tokenOf(spec));
    expect(shown).not.toContain(Buffer.from(tokenOf(spec)).toString("base64").slice(0, -4));
    expect((await bench.service(spec)).EndpointSpec).toEqual({ Mode: "dnsrr" });
  });

  test("two people's gateways stand in networks of their own: the router reaches both, neither reaches the other", async () => {
    await using bench = await benchWith({});
    const [one, other] = [fresh("owner-1"), fresh("owner-2")];
    const ready = await Promise.all([ensure(bench, one), ensure(bench, other)]);
    expect(ready).toMatchObject([{ status: "ready" }, { status: "ready" }]);
    expect((await bench.service(one)).Labels).toMatchObject({ "ai.automna.owner": "owner-1" });
    const address = await bench.addressOf(other);
    const connect = (from: InstanceSpec, host: string) =>
      ask<{ outcome: string }>(bench, from, `/connect?host=${host}&port=18789`);
    expect(await connect(other, address)).toEqual({ outcome: "connected" });
    expect(await connect(one, address)).not.toEqual({ outcome: "connected" });
    expect(await connect(one, bench.nameOf(other))).not.toEqual({ outcome: "connected" });
    expect(await connect(other, await bench.addressOf(one))).not.toEqual({ outcome: "connected" });
  });

  test("an open service reaches what is outside of its network, an internal one does not, and the router reaches both", async () => {
    const reached = async (egress: "open" | "internal") => {
      await using bench = await benchWith({ ...ELSEWHERE, policy: { egress } });
      const spec = fresh();
      expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
      const path = `/connect?host=${first.address}&port=${MANAGER_PORT}`;
      // Not before it is answered is the service removed.
      return await ask<{ outcome: string }>(bench, spec, path);
    };
    const [open, internal] = await Promise.all([reached("open"), reached("internal")]);
    expect(open).toEqual({ outcome: "connected" });
    expect(internal).not.toEqual({ outcome: "connected" });
  });

  test("a network that is left from when its host stood alone is named, with what to do", async () => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    const left = await first.docker.createNetwork({
      Name: bench.nameOf(spec),
      Driver: "bridge",
      Labels: { "ai.automna.deployment": bench.deployment, "ai.automna.instance": spec.id },
    });
    await expect(bench.driver.prepare(spec)).rejects.toMatchObject({
      code: "name-taken",
      message: expect.stringMatching(/is left from when .* docker network rm /),
    });
    await left.remove();
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
  });

  test("another token is another secret; the old one goes once the swarm has settled on the new", async ({
    expect,
  }) => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    await ensure(bench, spec);
    const before = await who(bench, spec);
    const [old] = await secretsOf(bench);
    const rotated = specWith({ id: spec.id });
    expect(await ensure(bench, rotated)).toMatchObject({ status: "ready" });
    const after = await who(bench, rotated);
    expect(after.environment["AUTOMNA_GATEWAY_TOKEN"]).toBe(tokenOf(rotated));
    expect(after).toMatchObject({ boots: before.boots + 1 });
    await expect.poll(async () => (await secretsOf(bench)).map(({ ID }) => ID), OFTEN).not.toContain(old?.ID);
    expect(await secretsOf(bench)).toHaveLength(1);
    await bench.driver.stop(spec.id);
    expect(await secretsOf(bench)).toEqual([]);
  });

  test("an image that does not start is put back by the swarm, which says so; the one before goes on", async ({
    expect,
  }) => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    await ensure(bench, spec);
    await write(bench, spec, "/home/node/kept");
    const base = await first.imageNamed("automna/gateway-base");
    const bad = { ...specWith({ id: spec.id }), image: base };
    expect(await ensure(bench, bad)).toMatchObject({
      status: "failed",
      failure: { code: "upgrade-failed", message: expect.stringContaining("put it back") },
    });
    const before = () => bench.ask(runningAs(bench.nameOf(spec)), "/").catch(() => null);
    await expect.poll(before, OFTEN).toMatchObject({ environment: { AUTOMNA_GATEWAY_TOKEN: tokenOf(spec) } });
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    expect(await read(bench, spec, "/home/node/kept")).not.toBe("");
    expect(await ensure(bench, { ...specWith({ id: spec.id }), image: "automna-test/none:1" })).toMatchObject(
      {
        failure: { code: "gateway-missing" },
      },
    );
  });

  test("a full disk is told of gateways on nodes whose engines are known, and of no others", async () => {
    const state = { kind: "fresh", disk: { kind: "tmpfs", bytes: 8 * 1024 ** 2 } } as const;
    await using near = await benchWith({ ...ON_FIRST, state });
    await using far = await benchWith({ ...ELSEWHERE, state });
    const specs = [fresh(), fresh()] as const;
    const all = [
      [near, specs[0]],
      [far, specs[1]],
    ] as const;
    const outcomes = await Promise.all(all.map(([bench, spec]) => ensure(bench, spec)));
    expect(outcomes, JSON.stringify(outcomes)).toMatchObject(all.map(() => ({ status: "ready" })));
    const complaints = () => Promise.all(all.map(async ([bench, spec]) => bench.driver.complaint?.(spec.id)));
    expect(await complaints()).toEqual([null, null]);
    for (const [bench, spec] of all)
      expect(await write(bench, spec, "/home/node/much", 12 * 1024 ** 2)).toBe("ENOSPC");
    expect(await complaints()).toMatchObject([{ code: "disk-full" }, null]);
    for (const [bench, spec] of all) await bench.driver.stop(spec.id);
  });

  test("a router that is started later is let in to every network", async ({ expect }) => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    bench.driver.subscribe(() => undefined);
    await ensure(bench, spec);
    await bench.replaceRouter();
    await expect.poll(() => who(bench, spec).catch(() => null), OFTEN).toMatchObject({ boots: 1 });
  });

  test("what is removed leaves nothing with the managers, and no data on the node", async () => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    await ensure(bench, spec);
    await write(bench, spec, "/home/node/private");
    const [task] = await first.docker.listTasks({ filters: { service: [bench.nameOf(spec)] } });
    const node = (await second.id()) === task?.NodeID ? second : third;
    await bench.driver.stop(spec.id);
    await bench.driver.destroy(spec.id);
    expect(await bench.driver.list?.()).toEqual([]);
    expect(await secretsOf(bench)).toEqual([]);
    const { Mountpoint } = await node.docker.getVolume(`${bench.nameOf(spec)}-state`).inspect();
    expect(await readdir(Mountpoint)).toEqual([]);
  });
});

describe.concurrent("what somebody else does to a service of the swarm", () => {
  test("removed, it comes back on its node with what it kept; removed again, what it kept can still be deleted", async () => {
    await using bench = await benchWith(ON_THIRD);
    const [spec, neighbour] = [fresh(), fresh()];
    await Promise.all([ensure(bench, spec), ensure(bench, neighbour)]);
    await write(bench, spec, "/home/node/private");
    const remove = () => first.docker.getService(bench.nameOf(spec)).remove();
    await remove();
    // By now other nodes have more room.
    const anywhere = { ...bench, driver: bench.driverWith({ nodes: null }) };
    expect(await ensure(anywhere, spec)).toMatchObject({ status: "ready" });
    expect(await bench.nodeOf(spec)).toBe(await third.id());
    expect(await who(bench, spec)).toMatchObject({ boots: 2 });
    await remove();
    expect(await settle(anywhere, spec, { status: "destroyed" })).toEqual({ status: "absent" });
    const { Mountpoint } = await third.docker.getVolume(`${bench.nameOf(spec)}-state`).inspect();
    expect(await readdir(Mountpoint)).toEqual([]);
    expect(await bench.driver.list?.()).toMatchObject([{ instanceId: neighbour.id }]);
  });

  test("named as ours would be, it is somebody else's: the owner is told which, it stays, and no secret is left", async () => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    const theirs = await first.docker.createService({
      Name: bench.nameOf(spec),
      Mode: { Replicated: { Replicas: 0 } },
      TaskTemplate: { ContainerSpec: { Image: FAKE_GATEWAY_IMAGE } },
    });
    expect(await ensure(bench, spec)).toMatchObject({
      status: "failed",
      failure: { message: expect.stringContaining(`docker service rm ${bench.nameOf(spec)}`) },
    });
    expect(await secretsOf(bench)).toEqual([]);
    expect(await settle(bench, spec, { status: "destroyed" })).toEqual({ status: "absent" });
    await theirs.remove();
  });

  test("paused, it looks alive to the swarm; another start replaces it, and nothing is lost", async () => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    await ensure(bench, spec);
    const observed = await bench.driver.observe(spec.id);
    const container = observed.status === "running" ? (observed.containerId ?? "") : "";
    await first.docker.getContainer(container).pause();
    expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "running" });
    const restarted = specWith({ id: spec.id });
    expect(await ensure(bench, restarted)).toMatchObject({ status: "ready" });
    expect(await who(bench, restarted)).toMatchObject({ boots: 2 });
  });
});

describe.concurrent("an operator changes what networks are like", () => {
  test("with its next start a gateway has no way out any more, and what it kept", async () => {
    await using bench = await benchWith(ELSEWHERE);
    const spec = fresh();
    await ensure(bench, spec);
    const driver = bench.driverWith({ ...ELSEWHERE, policy: { egress: "internal" } });
    const without = { ...bench, driver };
    expect(await ensure(without, spec)).toMatchObject({ status: "ready", started: false });
    const next = specWith({ id: spec.id });
    const outcome = await ensure(without, next);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ status: "ready" });
    expect(await who(bench, next)).toMatchObject({ boots: 2 });
    const outside = `/connect?host=${first.address}&port=${MANAGER_PORT}`;
    expect(await ask(bench, next, outside)).not.toEqual({ outcome: "connected" });
  });

  test("a network is encrypted from the next start on, and is made anew only once", async () => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    const id = async () => (await first.docker.getNetwork(bench.nameOf(spec)).inspect()).Id;
    await bench.driver.prepare(spec);
    const plain = await id();
    await bench.driver.prepare(spec);
    expect(await id()).toBe(plain);
    const driver = bench.driverWith({ ...ON_FIRST, encrypted: true });
    await driver.prepare(spec);
    const encrypted = await id();
    expect(encrypted).not.toBe(plain);
    await driver.prepare(spec);
    expect(await id()).toBe(encrypted);
  });
});

describe("when a node is lost", () => {
  test("each gateway does what its policy says, and comes back to its owner", async () => {
    const directory = await mkdtemp(join(tmpdir(), "automna-shared-"));
    const unlimited = { kind: "unlimited" } as const;
    await using stays = await benchWith({ ...ELSEWHERE, state: { kind: "node", disk: unlimited } });
    await using starts = await benchWith({ ...ELSEWHERE, state: { kind: "fresh", disk: unlimited } });
    await using moves = await benchWith({
      ...ELSEWHERE,
      state: { kind: "shared", directory, disk: unlimited },
    });
    const all = [stays, starts, moves].map((bench, index) => ({ bench, spec: fresh(`owner-${index}`) }));
    // All on the third, which is then lost.
    await first.change({ availability: "pause" }, second);
    const outcomes = await Promise.all(all.map(({ bench, spec }) => ensure(bench, spec)));
    expect(outcomes, JSON.stringify(outcomes)).toMatchObject(all.map(() => ({ status: "ready" })));
    await first.change({ availability: "active" }, second);
    const [staying, starting, moving] = all.map(({ spec }) => spec) as [
      InstanceSpec,
      InstanceSpec,
      InstanceSpec,
    ];

    await third.lose();
    await expect.poll(() => status(stays, staying), OFTEN).toBe("unknown");
    const boots = async (bench: SwarmBench, spec: InstanceSpec) => {
      const answer = await who(bench, spec).catch(() => null);
      return { node: await bench.nodeOf(spec), boots: answer?.boots };
    };
    await expect.poll(() => boots(starts, starting), OFTEN).toEqual({ node: await second.id(), boots: 1 });
    await expect.poll(() => boots(moves, moving), OFTEN).toEqual({ node: await second.id(), boots: 2 });
    expect(await stays.driver.observe(staying.id)).toMatchObject({
      status: "unknown",
      reason: expect.stringContaining("node3"),
    });
    for (const { bench, spec } of all) {
      expect((await bench.service(spec)).Labels).toMatchObject({ "ai.automna.owner": spec.ownerId });
    }
    // Nobody can say that its data was removed.
    await stays.driver.stop(staying.id);
    await expect(stays.driver.destroy(staying.id)).rejects.toMatchObject({ code: "engine-unreachable" });

    await third.comeBack();
    await expect.poll(() => third.isReady(first), OFTEN).toBe(true);
    expect(await ensure(stays, staying)).toMatchObject({ status: "ready" });
    expect(await boots(stays, staying)).toEqual({ node: await third.id(), boots: 2 });
    await moves.driver.stop(moving.id);
    await moves.driver.destroy(moving.id);
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  });

  test("managers without a majority know nothing: nothing is taken for gone, and everything is there behind it", async () => {
    await using bench = await benchWith(ON_FIRST);
    const spec = fresh();
    await ensure(bench, spec);
    const { boot } = await who(bench, spec);
    await Promise.all([second.lose(), third.lose()]);
    await expect.poll(() => status(bench, spec), OFTEN).toBe("unknown");
    await expect(bench.driver.list?.()).rejects.toMatchObject({ code: "engine-unreachable" });
    await expect(bench.driver.destroy(spec.id)).rejects.toMatchObject({ code: "engine-unreachable" });
    await Promise.all([second.comeBack(), third.comeBack()]);
    await expect.poll(() => status(bench, spec), OFTEN).toBe("running");
    expect(await ensure(bench, spec)).toMatchObject({ status: "ready" });
    expect((await who(bench, spec)).boot).toBe(boot);
  });
});

async function status({ driver }: SwarmBench, { id }: InstanceSpec): Promise<Observation["status"]> {
  return (await driver.observe(id)).status;
}

function runningAs(host: string): Extract<Observation, { status: "running" }> {
  return {
    status: "running",
    revision: "",
    target: { host, port: 18_789, prefix: "strip", forwardedHeaders: "write" },
    startedAt: 0,
  };
}
