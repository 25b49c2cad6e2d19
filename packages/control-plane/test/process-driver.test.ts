import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startProcessDriver } from "../src/index.ts";
import type {
  Driver,
  GatewayProgram,
  InstanceSpec,
  Observation,
  ProcessDriverOptions,
} from "../src/index.ts";
import { somePort } from "../../../scripts/free-port.ts";
import { specWith, tokenOf } from "./support/instances.ts";

const FAKE = {
  kind: "demo",
  product: "demo",
  script: fileURLToPath(new URL("support/fake-gateway.ts", import.meta.url)),
} satisfies GatewayProgram;
const NEVER_MS = 3_600_000;

let dataDir: string;
let drivers: Driver[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "automna-driver-"));
  drivers = [];
});

afterEach(async () => {
  await Promise.all(drivers.map((driver) => driver.close()));
  await rm(dataDir, { recursive: true, force: true });
});

async function driverWith(options: Partial<ProcessDriverOptions> = {}): Promise<Driver> {
  const driver = await startProcessDriver({
    dataDir,
    programFor: async () => FAKE,
    searchPath: process.env["PATH"] ?? "",
    firstPort: somePort(),
    portCount: 50,
    restartDelaysMs: [10],
    ...options,
  });
  drivers.push(driver);
  return driver;
}

async function startIn(driver: Driver, spec: InstanceSpec, ...behaviours: string[]): Promise<void> {
  await driver.prepare(spec);
  await writeFile(join(dataDir, spec.id, "state", "behaviour"), behaviours.join("\n"));
  await driver.start(spec);
}

test("the gateway gets its secrets by environment, and nobody else's variables", async () => {
  const driver = await driverWith({ environment: { HTTPS_PROXY: "http://proxy.example:3128" } });
  const spec = specWith();
  await startIn(driver, spec);
  const who = await ask(driver, spec);
  expect(who.environment["AUTOMNA_GATEWAY_TOKEN"]).toBe(tokenOf(spec));
  expect(who.environment["HTTPS_PROXY"]).toBe("http://proxy.example:3128");
  expect(who.environment).not.toHaveProperty("VITEST");
  expect(who.arguments.join(" ")).not.toContain(tokenOf(spec));
  expect(who.cwd).toBe(join(dataDir, spec.id, "workspace"));
});

test("the log holds the gateway's output with its secrets replaced", async () => {
  const driver = await driverWith();
  const spec = specWith();
  await startIn(driver, spec);
  await ask(driver, spec);
  await driver.stop(spec.id);
  const log = (await driver.logs(spec.id, 100)).join("\n");
  expect(log).toContain("my token is [redacted]");
  expect(log).not.toContain(tokenOf(spec));
});

test("whoever waits for a gateway hears that it has written something, until they do not listen any more", async () => {
  const driver = await driverWith();
  const [spec, other] = [specWith(), specWith({ id: "f".repeat(24) })];
  const heard: string[] = [];
  const listen = (name: string, id: string) => driver.onOutput?.(id, () => heard.push(name));
  const first = Promise.withResolvers<void>();
  driver.onOutput?.(spec.id, first.resolve);
  const unsubscribe = listen("gone", spec.id);
  unsubscribe?.();
  listen("stays", spec.id);
  listen("other", other.id);
  await startIn(driver, spec);
  await first.promise;
  expect(new Set(heard)).toEqual(new Set(["stays"]));
});

test("each instance listens on a port of its own, and ports of others are skipped", async () => {
  const foreign = createServer().listen(0, "127.0.0.1");
  await once(foreign, "listening");
  const taken = portOf(foreign.address());
  const driver = await driverWith({ firstPort: taken });
  const [one, other] = [specWith(), specWith({ id: "f".repeat(24) })];
  await Promise.all([startIn(driver, one), startIn(driver, other)]);
  const ports = [await portIn(driver, one), await portIn(driver, other)];
  expect(ports).not.toContain(taken);
  expect(new Set(ports).size).toBe(2);
  foreign.close();
});

test("drivers that choose at the same moment never choose the same port; a closed one frees its own", async () => {
  const firstPort = somePort();
  const [spec, other] = [specWith(), specWith({ id: "f".repeat(24) })];
  const start = async (dir: string, wanted: InstanceSpec) => {
    const driver = await driverWith({ dataDir: join(dataDir, dir), firstPort });
    await driver.prepare(wanted);
    await driver.start(wanted);
    return driver;
  };
  const [one, two] = await Promise.all([start("one", spec), start("two", other)]);
  const ports = [await portIn(one, spec), await portIn(two, other)];
  expect(new Set(ports).size).toBe(2);
  await Promise.all([one.close(), two.close()]);
  const three = await start("three", spec);
  expect(await portIn(three, spec)).toBe(Math.min(...ports));
});

test("a gateway that rests keeps its port from nobody who needs one", async () => {
  const driver = await driverWith({ firstPort: somePort(), portCount: 1 });
  const [one, other] = [specWith(), specWith({ id: "fedcba9876543210fedcba98" })];
  await startIn(driver, one);
  await expect(startIn(driver, other)).rejects.toMatchObject({ code: "no-free-port" });
  await driver.rest?.(one.id);
  await expect(startIn(driver, other)).rejects.toMatchObject({ code: "no-free-port" });
  await driver.stop(one.id);
  await driver.rest?.(one.id);
  await startIn(driver, other);
  expect(await driver.observe(other.id)).toMatchObject({ status: "running" });
});

test("when no port is free the error says what to do", async () => {
  const foreign = createServer().listen(0, "127.0.0.1");
  await once(foreign, "listening");
  const driver = await driverWith({ firstPort: portOf(foreign.address()), portCount: 1 });
  await expect(startIn(driver, specWith())).rejects.toMatchObject({ code: "no-free-port" });
  foreign.close();
});

test("instances share what Clawdbot has transpiled, and what Node has compiled", async () => {
  const driver = await driverWith();
  for (const spec of [specWith(), specWith({ id: "f".repeat(24) })]) {
    await driver.prepare(spec);
    for (const name of ["jiti", "node-compile-cache"]) {
      const found = await realpath(join(dataDir, spec.id, "tmp", name));
      expect(found).toBe(join(await realpath(dataDir), ".cache", name));
    }
  }
});

test("starting a running gateway changes nothing", async () => {
  const driver = await driverWith();
  const spec = specWith();
  await startIn(driver, spec);
  const { pid } = await ask(driver, spec);
  await driver.start(spec);
  expect((await ask(driver, spec)).pid).toBe(pid);
});

test("a gateway that dies comes back on its port", async () => {
  const driver = await driverWith();
  const spec = specWith();
  await startIn(driver, spec);
  const [port, { pid }] = [await portIn(driver, spec), await ask(driver, spec)];
  const seen = record(driver);
  process.kill(pid, "SIGKILL");
  await seen.until("running");
  expect(seen.statuses).toEqual(["restarting", "running"]);
  expect(await portIn(driver, spec)).toBe(port);
  expect((await ask(driver, spec)).pid).not.toBe(pid);
});

test("what a killed gateway leaves in its process group does not outlive it", async () => {
  const driver = await driverWith({ restartDelaysMs: [NEVER_MS] });
  const spec = specWith();
  await startIn(driver, spec, "helper");
  const { pid, helper } = await ask(driver, spec);
  const seen = record(driver);
  process.kill(pid, "SIGKILL");
  await seen.until("restarting");
  await expectGone(helper);
});

test("a killed Clawdbot leaves no locks to its successor, which would wait for them", async () => {
  const driver = await driverWith({
    programFor: async () => ({
      kind: "command",
      product: "clawdbot",
      argv: [
        "env",
        "AUTOMNA_GATEWAY_STATE_DIR={stateDir}",
        process.execPath,
        FAKE.script,
        "--port={port}",
        "--bind=127.0.0.1",
      ],
    }),
  });
  const spec = specWith({ product: "clawdbot" });
  await startIn(driver, spec);
  const { pid } = await ask(driver, spec);
  const sessions = join(dataDir, spec.id, "state", "agents", "main", "sessions");
  await mkdir(sessions, { recursive: true });
  const kept = ["one.jsonl", "sessions.json"];
  for (const name of kept) {
    await writeFile(join(sessions, name), "");
    await writeFile(join(sessions, `${name}.lock`), "");
  }
  // An agent may make what it likes in its own folders.
  await mkdir(join(sessions, "planted.lock"));
  const seen = record(driver);
  process.kill(pid, "SIGKILL");
  await seen.until("running");
  expect((await readdir(sessions)).sort()).toEqual(kept);
});

test("a restart waits for its delay, and a stop meanwhile cancels it", async () => {
  const driver = await driverWith({ restartDelaysMs: [NEVER_MS] });
  const spec = specWith();
  await startIn(driver, spec);
  const { pid } = await ask(driver, spec);
  const seen = record(driver);
  process.kill(pid, "SIGKILL");
  const waiting = await seen.until("restarting");
  expect(waiting).toMatchObject({ attempt: 1, exit: { signal: "SIGKILL", code: null } });
  await driver.stop(spec.id);
  expect(await driver.observe(spec.id)).toMatchObject({ status: "stopped" });
});

test("a gateway that refuses its configuration is not started again", async () => {
  const driver = await driverWith();
  const spec = specWith();
  const seen = record(driver);
  await startIn(driver, spec, "exit-78");
  const failed = await seen.until("failed");
  expect(failed).toMatchObject({ revision: spec.revision, failure: { code: "config-invalid" } });
  expect(seen.statuses).toEqual(["running", "failed"]);
});

test("a gateway that keeps dying has failed in the end", async () => {
  const driver = await driverWith({ maxRestarts: 2 });
  const seen = record(driver);
  await startIn(driver, specWith(), "exit-1");
  const failed = await seen.until("failed");
  expect(failed).toMatchObject({ failure: { code: "crash-loop" } });
  expect(seen.statuses.filter((status) => status === "running")).toHaveLength(3);
});

test("a gateway that lived long enough starts counting again", async () => {
  const driver = await driverWith({ maxRestarts: 1, stableAfterMs: 0 });
  const spec = specWith();
  await startIn(driver, spec);
  for (let death = 0; death < 3; death++) {
    const { pid } = await ask(driver, spec);
    const seen = record(driver);
    process.kill(pid, "SIGKILL");
    await seen.until("running");
  }
  expect(await driver.observe(spec.id)).toMatchObject({ status: "running" });
});

test("a stop forgets the failure, and the instance can be started again", async () => {
  const driver = await driverWith();
  const spec = specWith();
  const seen = record(driver);
  await startIn(driver, spec, "exit-78");
  await seen.until("failed");
  await driver.stop(spec.id);
  expect(await driver.observe(spec.id)).toMatchObject({ status: "stopped" });
  await startIn(driver, spec);
  expect((await ask(driver, spec)).pid).toBeGreaterThan(0);
});

test("stop ends a gateway that ignores SIGTERM, its helpers, and what its agent sent to the background", async () => {
  const driver = await driverWith({ stopGraceMs: 50 });
  const spec = specWith();
  await startIn(driver, spec, "ignore-sigterm", "helper", "stray");
  const { pid, helper, stray } = await ask(driver, spec);
  await driver.stop(spec.id);
  await Promise.all([pid, helper, stray].map(expectGone));
  expect(await driver.observe(spec.id)).toEqual({ status: "stopped", exit: null });
});

test("a program that cannot be executed is an error, and the instance stays stopped", async () => {
  const missing = join(dataDir, "no-such-program");
  const driver = await driverWith({
    programFor: async () => ({ kind: "command", product: "demo", argv: [missing, "{port}"] }),
  });
  const spec = specWith();
  await expect(startIn(driver, spec)).rejects.toMatchObject({ code: "start-failed" });
  expect(await driver.observe(spec.id)).toEqual({ status: "stopped", exit: null });
});

test("when there is no program, the app's own words say so", async () => {
  const driver = await driverWith({
    programFor: () =>
      Promise.reject(new Error("OpenClaw is not installed. Run npm start -- --gateway openclaw.")),
  });
  await expect(startIn(driver, specWith())).rejects.toMatchObject({
    code: "gateway-missing",
    message: "OpenClaw is not installed. Run npm start -- --gateway openclaw.",
  });
});

test("an operator's command gets the port and the directories where it names them", async () => {
  const driver = await driverWith({
    programFor: async () => ({
      kind: "command",
      product: "demo",
      argv: [process.execPath, FAKE.script, "--port={port}", "--bind=127.0.0.1"],
    }),
  });
  const spec = specWith();
  await startIn(driver, spec);
  expect((await ask(driver, spec)).arguments).toContain(`--port=${await portIn(driver, spec)}`);
});

test("a new driver ends what a killed supervisor left in the same directory", async () => {
  const host = spawn(process.execPath, [
    fileURLToPath(new URL("support/driver-host.ts", import.meta.url)),
    dataDir,
    FAKE.script,
  ]);
  const [line] = (await once(host.stdout, "data")) as [Buffer];
  const { pid, helper, stray } = await askAt(Number(line.toString()));
  host.kill("SIGKILL");
  await once(host, "exit");
  process.kill(pid, 0);

  const driver = await driverWith();
  await Promise.all([pid, helper, stray].map(expectGone));
  expect(await driver.observe(specWith().id)).toEqual({ status: "stopped", exit: null });
});

test("a stranger who has got the recorded process id is left alone", async () => {
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    detached: true,
    stdio: "ignore",
  });
  await once(stranger, "spawn");
  const instanceDir = join(dataDir, specWith().id);
  await mkdir(instanceDir);
  await writeFile(
    join(instanceDir, "gateway.pid.json"),
    JSON.stringify({ pid: stranger.pid, startMark: "long ago" }),
  );
  await driverWith();
  expect(stranger.exitCode).toBeNull();
  expect(stranger.signalCode).toBeNull();
  expect(await readdir(instanceDir)).toEqual([]);
  stranger.kill("SIGKILL");
  await once(stranger, "exit");
});

test("destroy removes the data of a stopped instance and refuses a running one", async () => {
  const driver = await driverWith();
  const spec = specWith();
  await startIn(driver, spec);
  await expect(driver.destroy(spec.id)).rejects.toMatchObject({ code: "still-running" });
  await driver.stop(spec.id);
  await driver.destroy(spec.id);
  expect(await driver.observe(spec.id)).toEqual({ status: "absent" });
  await expect(stat(join(dataDir, spec.id))).rejects.toMatchObject({ code: "ENOENT" });
});

test("an id that is not one never becomes a path", async () => {
  const driver = await driverWith();
  await expect(driver.destroy("../../etc")).rejects.toMatchObject({ code: "invalid-instance" });
  expect(await driver.observe("../../etc")).toMatchObject({ status: "unknown" });
});

test("only the owner can read an instance's directory and process file", async () => {
  const driver = await driverWith();
  const spec = specWith();
  await startIn(driver, spec);
  await ask(driver, spec);
  const mode = async (...path: string[]) => (await stat(join(dataDir, spec.id, ...path))).mode & 0o777;
  expect(await mode()).toBe(0o700);
  expect(await mode("state")).toBe(0o700);
  expect(await mode("gateway.pid.json")).toBe(0o600);
  expect(await readFile(join(dataDir, spec.id, "gateway.pid.json"), "utf8")).not.toContain(tokenOf(spec));
});

interface Who {
  readonly pid: number;
  readonly helper: number;
  readonly stray: number;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What the fake gateway says of itself, once it listens. */
async function ask(driver: Driver, spec: InstanceSpec): Promise<Who> {
  return askAt(await portIn(driver, spec));
}

async function askAt(port: number): Promise<Who> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    if (answer !== null) return (await answer.json()) as Who;
    await delay(20);
  }
}

async function portIn(driver: Driver, spec: InstanceSpec): Promise<number> {
  const observed = await driver.observe(spec.id);
  if (observed.status !== "running") throw new Error(`The gateway is ${observed.status}.`);
  return observed.target.port;
}

function record(driver: Driver) {
  const seen: Observation[] = [];
  const notices = new Set<() => void>();
  driver.subscribe(({ observation }) => {
    seen.push(observation);
    for (const notice of notices) notice();
  });
  return {
    get statuses() {
      return seen.map(({ status }) => status);
    },
    until: (status: Observation["status"]) =>
      new Promise<Observation>((resolve) => {
        const notice = () => {
          const found = seen.find((observation) => observation.status === status);
          if (found) resolve(found);
        };
        notices.add(notice);
        notice();
      }),
  };
}

/** A killed process stays visible until its parent has collected it. */
async function expectGone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0);
  await expect
    .poll(async () => {
      const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone) Z");
      return status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
    })
    .toBe("Z");
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("No TCP port.");
  return address.port;
}
