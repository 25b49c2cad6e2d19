import { mkdir, readdir, rm, stat, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { writeGatewayConfig } from "../gateway-config.ts";
import type { GatewayProgram } from "../gateway-resolution.ts";
import type { InstanceSpec, Observation } from "../instance.ts";
import { createRedactor } from "../redaction.ts";
import { DriverError } from "./driver.ts";
import type { Driver, DriverEvent } from "./driver.ts";
import { removeAbandonedLocks } from "./process/abandoned-locks.ts";
import { GatewayLog, tailOf } from "./process/gateway-log.ts";
import { instancePaths, launchOf } from "./process/launch.ts";
import type { Launch } from "./process/launch.ts";
import { endLeftover } from "./process/pid-file.ts";
import { LoopbackPorts } from "./process/ports.ts";
import { SupervisedGateway } from "./process/supervised-gateway.ts";
import { Turns } from "./turns.ts";

export interface ProcessDriverOptions {
  /** Everything of an instance lies in `{dataDir}/{instanceId}`. Created with mode 0700. */
  readonly dataDir: string;
  /** Which program runs this instance. Called before each start; a rejection's message is shown to the owner. */
  readonly programFor: (spec: InstanceSpec) => Promise<GatewayProgram>;
  /** `PATH` for the gateway and for the tools that its agent calls. */
  readonly searchPath: string;
  /** More environment for every gateway, e.g. this machine's proxy settings. Holds no secret. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The Node that runs JavaScript gateways. Default: the Node that runs this process. */
  readonly nodePath?: string;
  /** First port to try. Default 19000. */
  readonly firstPort?: number;
  /** How many ports to try. Default 1000. */
  readonly portCount?: number;
  /** Milliseconds between the orderly stop and the forced one. Default 10000. */
  readonly stopGraceMs?: number;
  /** Milliseconds before the 1st, 2nd … restart of a gateway that died; the last one repeats. */
  readonly restartDelaysMs?: readonly number[];
  /** After this many restarts in a row the instance has failed. Default 8. */
  readonly maxRestarts?: number;
  /** A gateway that lived this many milliseconds starts counting from the first delay again. Default 60000. */
  readonly stableAfterMs?: number;
  /**
   * Caches that instances share, of transpiled and of compiled code: a new instance starts sooner with them. The
   * figures are in `docs/decisions/2026-11-20-process-driver-behind-the-router.md`. Default `{dataDir}/.cache`.
   */
  readonly cacheDir?: string;
  readonly clock?: Clock;
}

const DEFAULTS = {
  firstPort: 19_000,
  portCount: 1000,
  stopGraceMs: 10_000,
  restartDelaysMs: [500, 1000, 2000, 5000, 15_000, 30_000],
  maxRestarts: 8,
  stableAfterMs: 60_000,
} as const;

const INSTANCE_ID = /^[0-9a-f]{24}$/;
/** Clawdbot's transpiled plugins, and what Node keeps of modules that it has compiled. */
const SHARED_CACHES = ["jiti", "node-compile-cache"];

/**
 * Starts the driver for one machine without containers: each gateway is its own process group on a loopback port.
 * First ends every gateway that an earlier run with the same `dataDir` left behind.
 *
 * @example
 * const driver = await startProcessDriver({ dataDir, programFor: async () => program, searchPath: "/usr/bin:/bin" });
 * await driver.prepare(spec);
 * await driver.start(spec);
 */
export async function startProcessDriver(options: ProcessDriverOptions): Promise<Driver> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const clock = options.clock ?? systemClock;
  const graceMs = options.stopGraceMs ?? DEFAULTS.stopGraceMs;
  const leftovers = (await readdir(dataDir)).filter((name) => INSTANCE_ID.test(name));
  await Promise.all(leftovers.map((name) => endLeftover(join(dataDir, name), graceMs, clock)));
  return new ProcessDriver({ ...options, dataDir }, clock);
}

class ProcessDriver implements Driver {
  readonly name = "process";
  readonly #options: ProcessDriverOptions;
  readonly #clock: Clock;
  readonly #ports: LoopbackPorts;
  readonly #gateways = new Map<string, SupervisedGateway>();
  readonly #turns = new Turns();
  readonly #listeners = new Set<(event: DriverEvent) => void>();
  readonly #hearers = new Map<string, Set<() => void>>();

  constructor(options: ProcessDriverOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#ports = new LoopbackPorts(
      options.firstPort ?? DEFAULTS.firstPort,
      options.portCount ?? DEFAULTS.portCount,
    );
  }

  async observe(instanceId: string): Promise<Observation> {
    const gateway = this.#gateways.get(instanceId);
    if (gateway) return gateway.observe();
    try {
      await stat(this.#dirOf(instanceId));
      return { status: "stopped", exit: null };
    } catch (error) {
      if (isNotFound(error)) return { status: "absent" };
      return { status: "unknown", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  prepare(spec: InstanceSpec): Promise<void> {
    return this.#turns.take(spec.id, async () => {
      const instanceDir = this.#dirOf(spec.id);
      await mkdir(instanceDir, { recursive: true, mode: 0o700 });
      await Promise.all(
        Object.values(instancePaths(instanceDir)).map((dir) => mkdir(dir, { recursive: true, mode: 0o700 })),
      );
      await this.#shareCaches(instanceDir);
    });
  }

  start(spec: InstanceSpec): Promise<void> {
    return this.#turns.take(spec.id, async () => {
      const status = this.#gateways.get(spec.id)?.observe().status;
      if (status === "running" || status === "restarting") return;
      await this.#end(spec.id);
      const instanceDir = this.#dirOf(spec.id);
      const redactor = createRedactor();
      const log = await GatewayLog.open(this.#logFileOf(spec.id), redactor);
      const gateway = new SupervisedGateway({
        instanceDir,
        revision: spec.revision,
        prepareLaunch: async () => {
          const launch = await this.#prepareLaunch(spec, instanceDir);
          for (const secret of launch.config.secrets) redactor.add(secret);
          return launch;
        },
        log,
        policy: {
          stopGraceMs: this.#options.stopGraceMs ?? DEFAULTS.stopGraceMs,
          restartDelaysMs: this.#options.restartDelaysMs ?? DEFAULTS.restartDelaysMs,
          maxRestarts: this.#options.maxRestarts ?? DEFAULTS.maxRestarts,
          stableAfterMs: this.#options.stableAfterMs ?? DEFAULTS.stableAfterMs,
        },
        clock: this.#clock,
        onOutput: () => {
          for (const hearer of this.#hearers.get(spec.id) ?? []) hearer();
        },
        onChange: (observation) => this.#tell({ instanceId: spec.id, observation }),
      });
      this.#gateways.set(spec.id, gateway);
      try {
        await gateway.start();
      } catch (error) {
        await this.#end(spec.id);
        throw error;
      }
    });
  }

  stop(instanceId: string): Promise<void> {
    return this.#turns.take(instanceId, () => this.#end(instanceId));
  }

  rest(instanceId: string): Promise<void> {
    return this.#turns.take(instanceId, async () => {
      if (!this.#gateways.has(instanceId)) this.#ports.rest(instanceId);
    });
  }

  destroy(instanceId: string): Promise<void> {
    return this.#turns.take(instanceId, async () => {
      const status = this.#gateways.get(instanceId)?.observe().status;
      if (status === "running" || status === "restarting") {
        throw new DriverError("still-running", "The gateway still runs. Stop it before its data is removed.");
      }
      await this.#end(instanceId);
      await rm(this.#dirOf(instanceId), { recursive: true, force: true });
      this.#ports.release(instanceId);
    });
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onOutput(instanceId: string, listener: () => void): () => void {
    const hearers = this.#hearers.get(instanceId) ?? new Set();
    this.#hearers.set(instanceId, hearers.add(listener));
    return () => {
      hearers.delete(listener);
      if (hearers.size === 0) this.#hearers.delete(instanceId);
    };
  }

  logs(instanceId: string, lines: number): Promise<readonly string[]> {
    return tailOf(this.#logFileOf(instanceId), lines);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gateways.keys()].map((instanceId) => this.stop(instanceId)));
    this.#ports.releaseAll();
    this.#listeners.clear();
  }

  async #prepareLaunch(spec: InstanceSpec, instanceDir: string): Promise<Launch> {
    const program = await this.#options.programFor(spec).catch((cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new DriverError("gateway-missing", message, { cause });
    });
    if (program.product !== spec.product) {
      throw new DriverError(
        "start-failed",
        `The instance wants ${spec.product} and the program found is ${program.product}. Change one of them.`,
      );
    }
    const launch = launchOf(spec, program, {
      instanceDir,
      port: await this.#ports.take(spec.id),
      nodePath: this.#options.nodePath ?? process.execPath,
      searchPath: this.#options.searchPath,
      environment: this.#options.environment ?? {},
    });
    await writeGatewayConfig(launch.config);
    if (spec.product === "clawdbot") await removeAbandonedLocks(instancePaths(instanceDir).stateDir);
    return launch;
  }

  async #end(instanceId: string): Promise<void> {
    const gateway = this.#gateways.get(instanceId);
    if (!gateway) return;
    await gateway.stop();
    this.#gateways.delete(instanceId);
  }

  /** Clawdbot looks for its cache in `{TMPDIR}` and nowhere else; Node too, unless `NODE_COMPILE_CACHE` says where. */
  async #shareCaches(instanceDir: string): Promise<void> {
    const { tmpDir } = instancePaths(instanceDir);
    const cacheDir = this.#options.cacheDir ?? join(this.#options.dataDir, ".cache");
    await Promise.all(
      SHARED_CACHES.map(async (name) => {
        const shared = join(cacheDir, name);
        await mkdir(shared, { recursive: true, mode: 0o700 });
        await symlink(shared, join(tmpDir, name)).catch((error: unknown) => {
          if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        });
      }),
    );
  }

  #dirOf(instanceId: string): string {
    if (!INSTANCE_ID.test(instanceId)) {
      throw new DriverError("invalid-instance", "An instance id is 24 lower-case hex characters.");
    }
    return join(this.#options.dataDir, instanceId);
  }

  #logFileOf(instanceId: string): string {
    return join(instancePaths(this.#dirOf(instanceId)).logDir, "gateway.log");
  }

  #tell(event: DriverEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
