import {
  type Clock,
  type Driver,
  type InstanceTarget,
  type KeyRing,
  type Probe,
  type ProbeResult,
  type ProbeTarget,
  type ReloadSecrets,
  systemClock,
} from "../../packages/control-plane/src/index.ts";
import {
  type ContainerPolicy,
  type DockerDriverOptions,
  startDockerDriver,
  startSwarmDriver,
} from "../../packages/control-plane/src/containers/index.ts";
import { connectDatabase, type Database } from "../../packages/control-plane/src/database/index.ts";
import {
  createLeases,
  createWorker,
  sweepOrphans,
  type Worker,
} from "../../packages/control-plane/src/jobs/index.ts";
import { relayKeyOf } from "../../packages/control-plane/src/model-relay/index.ts";
import { FAKE_GATEWAY_IMAGE } from "../../packages/control-plane/test/support/fake-gateway-image.ts";
import { plainPreparation } from "../../apps/web/test/support/preparation.ts";

/** What a worker knows of the deployment that it works for. Another process can be told it. */
export interface WorkerHome {
  readonly stage: {
    readonly databaseUrl: string;
    readonly engineHost: string;
    readonly keyRing: KeyRing;
  };
  /** The deployment's. */
  readonly name: string;
  readonly options: Partial<DockerDriverOptions>;
  readonly readyTimeoutMs: number;
  /** What its gateways behave as. */
  readonly product: "demo" | "openclaw";
  /** The engine is a manager's, and gateways are reached through this address. */
  readonly swarm?: { readonly relay: string };
}

/** A worker by whatever way it reaches its engine. */
export interface ContainerWorker {
  readonly worker: Worker;
  readonly driver: Driver;
  readonly database: Database;
  close(): Promise<void>;
}

export type Work =
  | { readonly kind: "look"; readonly instanceId: string }
  /** @property now Milliseconds since the epoch. */
  | { readonly kind: "sweep"; readonly now: number };

export interface WorkerWays {
  readonly engineHost?: string;
  /** Default: the deployment's. */
  readonly readyTimeoutMs?: number;
  /** Told of each handshake that succeeded. */
  readonly onReady?: () => void;
  /** Told of each gateway that has taken other secrets over as it runs. */
  readonly onTaken?: () => void;
}

export function openContainerWorker(home: WorkerHome, ways: WorkerWays = {}): ContainerWorker {
  const { keyRing, databaseUrl, engineHost } = home.stage;
  const database = connectDatabase({ url: databaseUrl, onConnectionLost: () => undefined });
  const leases = createLeases(databaseUrl);
  const driver = driverOf(home, ways.engineHost ?? engineHost);
  const probe: Probe = async (target, signal) => {
    const result = await probeFake(home, target, signal);
    if (result.status === "ready") ways.onReady?.();
    return result;
  };
  const reloadSecrets: ReloadSecrets = async (target, signal) => {
    await reloadFake(home, target, signal);
    ways.onTaken?.();
  };
  const worker = createWorker({
    database,
    driver,
    leases,
    probe,
    reloadSecrets,
    prepare: plainPreparation({
      database,
      keyRing,
      runtime: { driver: home.swarm ? "swarm" : "docker", product: home.product },
      modelFor: (id, token) => ({
        kind: "openai-compatible",
        baseUrl: "http://nobody.invalid/v1",
        apiKey: relayKeyOf(id, token),
        modelId: "none",
      }),
    }),
    readyTimeoutMs: ways.readyTimeoutMs ?? home.readyTimeoutMs,
  });
  return {
    worker,
    driver,
    database,
    async close() {
      await worker.close();
      await driver.close();
      await Promise.all([leases.close(), database.$disconnect()]);
    },
  };
}

function driverOf({ name: deployment, options, swarm }: WorkerHome, host: string): Driver {
  // Many of them are on one machine.
  const limits = { stopGraceSeconds: 1, memoryBytes: 192 * 1024 ** 2 };
  const policy: ContainerPolicy = {
    deployment,
    images: { demo: FAKE_GATEWAY_IMAGE, openclaw: FAKE_GATEWAY_IMAGE },
    limits: { demo: limits, openclaw: limits },
    ...options.policy,
  };
  const common = { engine: { host }, pull: "never", maxRestarts: 1, policy } as const;
  if (!swarm) return startDockerDriver({ ...common, ...options, policy });
  // This machine's kernel need not have IPsec.
  return startSwarmDriver({ ...common, encrypted: false, monitorMs: 1_000, clock: IMPATIENT });
}

/** What is done every minute is done every second: nobody waits for it here. */
const IMPATIENT: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 1_000), signal),
};

/** The address by which this process reaches a path of a gateway. */
function addressOf({ swarm }: Pick<WorkerHome, "swarm">, target: InstanceTarget, path: string): string {
  const address = `http://${target.host}:${target.port}${path}`;
  return swarm ? `${swarm.relay}/?${new URLSearchParams({ url: address })}` : address;
}

export async function performWork(work: Work, { worker, driver, database }: ContainerWorker): Promise<void> {
  if (work.kind === "look") await worker.look(work.instanceId);
  else await sweepOrphans(database, driver, work.now);
}

/** What a fake gateway shows of itself. */
interface Shown {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: { readonly names: readonly string[] } | null;
}

/** It has our token, or lets in whom it should; else it is somebody else's. */
const probeFake = async (
  home: WorkerHome,
  { target, auth }: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    const response = await fetch(addressOf(home, target, "/"), { signal: limit });
    const { environment, secrets } = (await response.json()) as Shown;
    const isOurs =
      auth.mode === "token"
        ? environment["AUTOMNA_GATEWAY_TOKEN"] === auth.token
        : secrets?.names.includes(auth.identity);
    return isOurs
      ? { status: "ready", protocol: 0, version: "fake" }
      : { status: "refused", code: "token-mismatch", message: "It has another token." };
  } catch (error) {
    signal.throwIfAborted();
    return { status: "unreachable", reason: error instanceof Error ? error.message : String(error) };
  }
};

const reloadFake = async (
  home: WorkerHome,
  { target, auth }: ProbeTarget,
  signal: AbortSignal,
): Promise<void> => {
  const name = auth.mode === "token" ? "" : auth.control;
  const response = await fetch(addressOf(home, target, `/reload?name=${name}`), { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`It answers ${response.status}.`);
};
