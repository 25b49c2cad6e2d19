import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ensureInstance,
  newGatewayToken,
  resolveGateway,
  revisionOf,
  startProcessDriver,
} from "../../packages/control-plane/src/index.ts";
import type {
  Driver,
  GatewaySettings,
  InstanceSpec,
  InstanceTarget,
} from "../../packages/control-plane/src/index.ts";
import { CACHE_DIR, gatewayInstallDir, installGateways } from "./install-gateways.ts";
import type { RealProduct } from "./install-gateways.ts";
import { MODEL_ID } from "./model-server.ts";
import type { ModelServer } from "./model-server.ts";
import { rawProbe } from "./raw-probe.ts";

export interface RealGatewayOptions {
  readonly product: RealProduct;
  readonly model: Pick<ModelServer, "baseUrl">;
  /** Reaches the model as its bearer token. Default: one that every local server takes. */
  readonly modelKey?: string;
  /** Origins of the pages that the test opens. Loopback origins need no mention. */
  readonly allowedOrigins?: readonly string[];
  /** Addresses whose forwarded headers it believes. Default: none's. */
  readonly trustedProxies?: readonly string[];
  /** OpenClaw only: a new device is refused with "pairing required" until `approvePairing` is called. */
  readonly localPairing?: GatewaySettings["localPairing"];
  /** `/i/{id}` for a gateway behind a router, else the root. */
  readonly basePath?: "instance" | "";
}

/** A real gateway with a scripted model, in a state directory of its own. */
export interface RealGateway {
  readonly product: RealProduct;
  /** 24 lower-case hex characters. */
  readonly id: string;
  readonly token: string;
  /** Where it listens now. */
  readonly target: InstanceTarget;
  /** The WebSocket URL that a client on this machine opens without any router. */
  readonly url: string;
  /** Everything that the gateway may keep on disk. */
  readonly dataDir: string;
  /** Sends the signal to the gateway itself and resolves when that process is gone. It stays down. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Orderly stop if it runs, then a start with the same state and port; resolves when it is ready. */
  restart(): Promise<void>;
  /** Orderly stop. The state stays for a `restart`. */
  stop(): Promise<void>;
  logs(): Promise<string>;
  /** Stops it and removes its state. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Far beyond any test: a killed gateway comes back when the test says so. */
const NEVER_MS = 3_600_000;

/** Starts a gateway through the process driver and waits for an authenticated handshake. */
export async function startRealGateway(options: RealGatewayOptions): Promise<RealGateway> {
  const { product } = options;
  await installGateways(() => undefined, [product]);
  const found = await resolveGateway(product, { installDirs: [gatewayInstallDir(product)], searchPath: "" });
  if (found.status !== "found") throw new Error(`${product} is not installed: ${JSON.stringify(found)}`);
  const dataDir = await mkdtemp(join(tmpdir(), `automna-${product}-`));
  const driver = await startProcessDriver({
    dataDir,
    cacheDir: CACHE_DIR,
    programFor: async () => found.program,
    searchPath: process.env["PATH"] ?? "/usr/bin:/bin",
    firstPort: 19_000 + (process.pid % 100) * 10,
    restartDelaysMs: [NEVER_MS],
  });
  const handle = new DrivenGateway(specOf(options), dataDir, driver);
  try {
    await handle.restart();
  } catch (error) {
    await handle[Symbol.asyncDispose]();
    throw error;
  }
  return handle;
}

function specOf(options: RealGatewayOptions): InstanceSpec {
  const id = randomBytes(12).toString("hex");
  const settings: GatewaySettings = {
    auth: { mode: "token", token: newGatewayToken() },
    basePath: options.basePath === "instance" ? `/i/${id}` : "",
    allowedOrigins: options.allowedOrigins ?? [],
    trustedProxies: options.trustedProxies ?? [],
    localPairing: options.localPairing ?? "silent",
    model: {
      kind: "openai-compatible",
      baseUrl: options.model.baseUrl,
      apiKey: options.modelKey ?? null,
      modelId: MODEL_ID,
      reasoning: true,
    },
  };
  const { product } = options;
  return { id, ownerId: "test", product, settings, revision: revisionOf(product, settings) };
}

class DrivenGateway implements RealGateway {
  readonly product: RealProduct;
  readonly id: string;
  readonly token: string;
  readonly dataDir: string;
  readonly #spec: InstanceSpec;
  readonly #driver: Driver;
  #target: InstanceTarget | null = null;

  constructor(spec: InstanceSpec, dataDir: string, driver: Driver) {
    if (spec.product === "demo" || spec.settings.auth.mode !== "token")
      throw new Error("Not a real gateway.");
    this.product = spec.product;
    this.id = spec.id;
    this.token = spec.settings.auth.token;
    this.dataDir = dataDir;
    this.#spec = spec;
    this.#driver = driver;
  }

  get target(): InstanceTarget {
    if (this.#target === null) throw new Error("The gateway has never been ready.");
    return this.#target;
  }

  get url(): string {
    const { host, port, prefix } = this.target;
    return `ws://${host}:${port}${prefix === "keep" ? this.#spec.settings.basePath : ""}/`;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const file = await readFile(join(this.dataDir, this.id, "gateway.pid.json"), "utf8");
    const { pid } = JSON.parse(file) as { pid: number };
    process.kill(pid, signal);
    while ((await this.#driver.observe(this.id)).status === "running") await delay(10);
  }

  async restart(): Promise<void> {
    await this.stop();
    const desired = { status: "running", revision: this.#spec.revision } as const;
    const outcome = await ensureInstance(this.#spec, desired, {
      driver: this.#driver,
      probe: rawProbe,
      // A loaded machine takes its time; nothing here is a measure of speed.
      readyTimeoutMs: 600_000,
    });
    if (outcome.status !== "ready") {
      throw new Error(`${this.product} did not start: ${JSON.stringify(outcome)}\n${await this.logs()}`);
    }
    this.#target = outcome.target;
  }

  stop(): Promise<void> {
    return this.#driver.stop(this.id);
  }

  async logs(): Promise<string> {
    return (await this.#driver.logs(this.id, 400)).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
