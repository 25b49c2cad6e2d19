import type { Driver, KeyRing, Probe } from "../../packages/control-plane/src/index.ts";
import {
  type DockerDriverOptions,
  startDockerDriver,
} from "../../packages/control-plane/src/containers/index.ts";
import { connectDatabase, type Database } from "../../packages/control-plane/src/database/index.ts";
import {
  createLeases,
  createWorker,
  sweepOrphans,
  type Worker,
} from "../../packages/control-plane/src/jobs/index.ts";
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
}

export function openContainerWorker(home: WorkerHome, ways: WorkerWays = {}): ContainerWorker {
  const { keyRing, databaseUrl, engineHost } = home.stage;
  const database = connectDatabase({ url: databaseUrl, onConnectionLost: () => undefined });
  const leases = createLeases(databaseUrl);
  const driver = startDockerDriver({
    engine: { host: ways.engineHost ?? engineHost },
    pull: "never",
    maxRestarts: 1,
    ...home.options,
    policy: {
      deployment: home.name,
      images: { demo: FAKE_GATEWAY_IMAGE },
      limits: { demo: { stopGraceSeconds: 1 } },
      ...home.options.policy,
    },
  });
  const probe: Probe = async (target, signal) => {
    const result = await probeFake(target, signal);
    if (result.status === "ready") ways.onReady?.();
    return result;
  };
  const worker = createWorker({
    database,
    driver,
    leases,
    probe,
    prepare: plainPreparation({ database, keyRing, runtime: { driver: "docker", product: "demo" } }),
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

export async function performWork(work: Work, { worker, driver, database }: ContainerWorker): Promise<void> {
  if (work.kind === "look") await worker.look(work.instanceId);
  else await sweepOrphans(database, driver, work.now);
}

/** The fake gateway shows its environment: it has our token, or it is somebody else's. */
const probeFake: Probe = async ({ target, auth }, signal) => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    const response = await fetch(`http://${target.host}:${target.port}/`, { signal: limit });
    const { environment } = (await response.json()) as { environment: Record<string, string> };
    const isOurs = auth.mode === "token" && environment["AUTOMNA_GATEWAY_TOKEN"] === auth.token;
    return isOurs
      ? { status: "ready", protocol: 0, version: "fake" }
      : { status: "refused", code: "token-mismatch", message: "It has another token." };
  } catch (error) {
    signal.throwIfAborted();
    return { status: "unreachable", reason: error instanceof Error ? error.message : String(error) };
  }
};
