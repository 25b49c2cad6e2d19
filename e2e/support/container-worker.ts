import type { Driver, KeyRing, Probe, ReloadSecrets } from "../../packages/control-plane/src/index.ts";
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
  const driver = startDockerDriver({
    engine: { host: ways.engineHost ?? engineHost },
    pull: "never",
    maxRestarts: 1,
    ...home.options,
    policy: {
      deployment: home.name,
      images: { demo: FAKE_GATEWAY_IMAGE, openclaw: FAKE_GATEWAY_IMAGE },
      limits: { demo: { stopGraceSeconds: 1 }, openclaw: { stopGraceSeconds: 1 } },
      ...home.options.policy,
    },
  });
  const probe: Probe = async (target, signal) => {
    const result = await probeFake(target, signal);
    if (result.status === "ready") ways.onReady?.();
    return result;
  };
  const reloadSecrets: ReloadSecrets = async (target, signal) => {
    await reloadFake(target, signal);
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
      runtime: { driver: "docker", product: home.product },
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
const probeFake: Probe = async ({ target, auth }, signal) => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    const response = await fetch(`http://${target.host}:${target.port}/`, { signal: limit });
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

const reloadFake: ReloadSecrets = async ({ target, auth }, signal) => {
  const name = auth.mode === "token" ? "" : auth.control;
  const response = await fetch(`http://${target.host}:${target.port}/reload?name=${name}`, { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`It answers ${response.status}.`);
};
