import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "../../clock.ts";
import type { GatewayExit, InstanceFailure, Observation } from "../../instance.ts";
import { DriverError } from "../driver.ts";
import type { GatewayLog } from "./gateway-log.ts";
import type { Launch } from "./launch.ts";
import { killStrays, removePidFile, writePidFile } from "./pid-file.ts";
import { endGroup, signalGroup } from "./process-group.ts";

/** sysexits.h EX_CONFIG: OpenClaw ends with it when starting again cannot help. */
const EXIT_CONFIG = 78;
/** How long the last output of a dead gateway is waited for: something outside of its group may hold the pipe. */
const LAST_LINES_MS = 500;

interface SupervisionPolicy {
  readonly stopGraceMs: number;
  readonly restartDelaysMs: readonly number[];
  readonly maxRestarts: number;
  readonly stableAfterMs: number;
}

export interface SupervisedGatewayOptions {
  readonly instanceDir: string;
  readonly revision: string;
  /** Decides the next start: finds a port, writes the configuration. Called again for each restart. */
  readonly prepareLaunch: () => Promise<Launch>;
  readonly log: GatewayLog;
  readonly policy: SupervisionPolicy;
  readonly clock: Clock;
  readonly onChange: (observation: Observation) => void;
  readonly onOutput: () => void;
}

type Status = Extract<Observation, { status: "running" | "restarting" | "failed" | "stopped" }>;

/** One gateway process and its restarts, from the first start to the stop that somebody asked for. */
export class SupervisedGateway {
  readonly #options: SupervisedGatewayOptions;
  readonly #stopping = new AbortController();
  #status: Status = { status: "stopped", exit: null };
  #child: ChildProcess | null = null;
  #restarts = 0;
  #life: Promise<void> = Promise.resolve();

  constructor(options: SupervisedGatewayOptions) {
    this.#options = options;
  }

  observe(): Observation {
    return this.#status;
  }

  /** Resolves once the process exists. */
  async start(): Promise<void> {
    const exit = await this.#spawn();
    this.#life = this.#supervise(exit);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const pid = this.#child?.pid;
    try {
      if (pid !== undefined) await endGroup(pid, this.#options.policy.stopGraceMs, this.#options.clock);
      await this.#life;
      await killStrays(this.#options.instanceDir);
    } catch (cause) {
      throw new DriverError(
        "stop-failed",
        "The gateway did not end. Look at the process list and end it by hand.",
        {
          cause,
        },
      );
    }
    await removePidFile(this.#options.instanceDir);
    await this.#options.log.close();
  }

  /** Starts the process; the inner promise resolves with its end. */
  async #spawn(): Promise<{ ended: Promise<GatewayExit> }> {
    const { clock, log, revision, instanceDir } = this.#options;
    const launch = await this.#options.prepareLaunch();
    const child = spawn(launch.file, [...launch.args], {
      cwd: launch.cwd,
      env: { NODE_ENV: "production", ...launch.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = once(child, "close");
    closed.catch(() => undefined);
    await once(child, "spawn").catch((cause: unknown) => {
      throw new DriverError(
        "start-failed",
        `${launch.file} could not be started. Check that it is installed and executable.`,
        { cause },
      );
    });
    log.write(`--- started, port ${launch.target.port}`);
    for (const output of [child.stdout, child.stderr]) {
      log.follow(output);
      output.on("data", this.#options.onOutput);
    }
    this.#child = child;
    const startedAt = clock.now();
    this.#change({ status: "running", revision, target: launch.target, startedAt });
    if (child.pid !== undefined) await writePidFile(instanceDir, child.pid);
    return { ended: this.#endOf(child, closed, startedAt) };
  }

  async #endOf(child: ChildProcess, closed: Promise<unknown>, startedAt: number): Promise<GatewayExit> {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    // Helpers of a killed gateway would hold its port and its state.
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    this.#child = null;
    await this.#within(closed, LAST_LINES_MS);
    const at = this.#options.clock.now();
    if (at - startedAt >= this.#options.policy.stableAfterMs) this.#restarts = 0;
    const exit = { code: child.exitCode, signal: child.signalCode, at };
    this.#options.log.write(`--- ended, code ${exit.code}, signal ${exit.signal}`);
    return exit;
  }

  async #within(event: Promise<unknown>, ms: number): Promise<void> {
    const done = new AbortController();
    const timeout = this.#options.clock.sleep(ms, done.signal).catch(() => undefined);
    await Promise.race([event, timeout]);
    done.abort();
  }

  async #supervise(first: { ended: Promise<GatewayExit> }): Promise<void> {
    let current: { ended: Promise<GatewayExit> } | null = first;
    while (current !== null) {
      const exit: GatewayExit = await current.ended;
      current = await this.#afterExit(exit);
    }
  }

  /** Decides what an end means; returns the next life, or `null` when there is none. */
  async #afterExit(exit: GatewayExit): Promise<{ ended: Promise<GatewayExit> } | null> {
    const { clock, policy, revision } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      if (signal.aborted) return this.#stopped(exit);
      if (exit.code === EXIT_CONFIG) return this.#failed(CONFIG_REFUSED);
      this.#restarts += 1;
      if (this.#restarts > policy.maxRestarts) return this.#failed(crashLoop(policy.maxRestarts, exit));
      const attempt = this.#restarts;
      const delayMs = policy.restartDelaysMs.at(Math.min(attempt, policy.restartDelaysMs.length) - 1) ?? 0;
      this.#change({ status: "restarting", revision, exit, attempt, retryAt: clock.now() + delayMs });
      await clock.sleep(delayMs, signal).catch(() => undefined);
      if (signal.aborted) return this.#stopped(exit);
      try {
        const life = await this.#spawn();
        if (signal.aborted) await this.#endNow();
        return life;
      } catch (error) {
        this.#options.log.write(
          `--- restart failed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }

  /** The stop came while the process was being created, when there was nothing to signal yet. */
  async #endNow(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid !== undefined) await endGroup(pid, this.#options.policy.stopGraceMs, this.#options.clock);
  }

  #stopped(exit: GatewayExit): null {
    this.#change({ status: "stopped", exit });
    return null;
  }

  #failed(failure: InstanceFailure): null {
    this.#change({ status: "failed", revision: this.#options.revision, failure });
    return null;
  }

  #change(status: Status): void {
    this.#status = status;
    this.#options.onChange(status);
  }
}

const CONFIG_REFUSED: InstanceFailure = {
  code: "config-invalid",
  message: "The gateway refused its configuration and will not be started again. Its log says which setting.",
};

function crashLoop(restarts: number, exit: GatewayExit): InstanceFailure {
  const end = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  return {
    code: "crash-loop",
    message: `The gateway ended ${restarts + 1} times in a row, the last time with ${end}. Its log says why.`,
  };
}
